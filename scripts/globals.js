/** The globals that plain JavaScript files of this repository may use (build scripts run on Node). */
export default {
  console: 'readonly',
  process: 'readonly',
  AbortController: 'readonly',
  TextDecoder: 'readonly',
  URL: 'readonly',
  setTimeout: 'readonly',
  clearTimeout: 'readonly',
  Buffer: 'readonly',
  fetch: 'readonly',
  Blob: 'readonly',
  FormData: 'readonly',
  performance: 'readonly',
  document: 'readonly',
  navigator: 'readonly',
  window: 'readonly',
};
