#!/usr/bin/env node
import { serve, startFailure } from './serve.js';

try {
  await serve();
} catch (error) {
  console.error(`taskpilot-chat: ${startFailure(error)}`);
  process.exit(1);
}
