/** The ChatKit protocol's vocabulary: each name is a TypeBox schema and the type that it describes. */
export * from './schema/events.js';
export * from './schema/items.js';
export * from './schema/messages.js';
export * from './schema/requests.js';
export * from './schema/sources.js';
export * from './schema/structured-input.js';
export * from './schema/threads.js';
export * from './schema/widgets.js';
export * from './schema/workflows.js';
