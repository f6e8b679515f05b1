export { adminApi, type AdminApiOptions } from './api.js';
export { adminPage } from './page.js';
