#!/usr/bin/env node
import { failureLines, serve } from './serve.js';

try {
  await serve();
} catch (error) {
  console.error(failureLines(error));
  process.exit(1);
}
