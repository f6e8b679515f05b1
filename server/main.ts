#!/usr/bin/env node
import { serve } from './serve.js';
import { failureLines, startFailure } from './start-failure.js';

try {
  await serve();
} catch (error) {
  console.error(failureLines(startFailure(error)));
  process.exit(1);
}
