import { describe, expect, it } from 'vitest';
import { variables } from '../config.js';
import { usage } from './usage.js';

describe('usage', () => {
  it('of serve names every variable and what it takes', () => {
    const text = usage.serve();
    for (const [name, { takes }] of Object.entries(variables)) {
      expect(text).toContain(name);
      expect(text).toContain(takes);
    }
    expect(text).not.toMatch(/undefined|\[object/);
  });
});
