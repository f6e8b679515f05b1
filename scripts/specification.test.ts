import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSources } from './sources.js';

/** Every line of the specification. */
const requirements = [
  ...Array.from({ length: 12 }, (_, index) => `FR-${String(index + 1).padStart(3, '0')}`),
  ...Array.from({ length: 9 }, (_, index) => `SC-${String(index + 1).padStart(3, '0')}`),
  'Edge: endpoint away',
  'Edge: key invalid',
  'Edge: many rapid requests',
  'Edge: secret expires in mid-chat',
];

interface Proof {
  readonly requirement: string;
  readonly file: string;
  readonly title: string;
}

/** The rows `| requirement | … | file | title |` of the document's tables. */
function readProofs(markdown: string): Proof[] {
  return markdown
    .split('\n')
    .filter(
      (line) => line.startsWith('| FR-') || line.startsWith('| SC-') || line.startsWith('| Edge: '),
    )
    .map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
      return {
        requirement: cells[1] ?? '',
        file: (cells[3] ?? '').replaceAll('`', ''),
        title: cells[4] ?? '',
      };
    });
}

describe('docs/specification.md', () => {
  const proofs = readProofs(
    readFileSync(new URL('../docs/specification.md', import.meta.url), 'utf8'),
  );
  const sources = readSources([
    'widget',
    'server',
    'sandbox',
    'examples',
    'e2e',
    'benchmarks',
    'scripts',
  ]);
  const titles = new Map(sources.map((source) => [source.path, source.titles]));

  it.each(requirements)('%s has a test that names it, and a row', (requirement) => {
    expect(proofs.map((proof) => proof.requirement)).toContain(requirement);
    const named = [...titles.values()].flat().filter((title) => title.includes(requirement));
    expect(named).not.toEqual([]);
  });

  it('names only requirements that exist', () => {
    const unknown = proofs.filter(({ requirement }) => !requirements.includes(requirement));
    expect(unknown).toEqual([]);
  });

  it.each(proofs.map((proof) => [proof.title, proof] as const))(
    'is right about “%s”',
    (_, proof) => {
      expect(titles.get(proof.file), `${proof.file} is not a test file`).toBeDefined();
      expect(titles.get(proof.file)).toContain(proof.title);
    },
  );
});
