import { expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

it.each([
  'http://localhost:3000/cart?a=1',
  'https://LOCALHOST',
  'http://shop.localhost',
  'http://127.0.0.1:8080',
  'http://127.1',
  'http://[::1]:3000',
])('%s leads to the machine itself', (url) => {
  expect(isLoopback(url)).toBe(true);
});

it.each([
  'http://localhost.example.com',
  'http://notlocalhost',
  'http://127.0.0.1.example.com',
  'http://1127.0.0.1.example',
  'http://localhost@example.com',
  'http://0.0.0.0',
  'ftp://localhost',
  'localhost',
  'null',
  '',
])('%s does not', (url) => {
  expect(isLoopback(url)).toBe(false);
});
