/** The ChatKit protocol's vocabulary: each name is a TypeBox schema and the type that it describes. */
export * from './events.js';
export * from './items.js';
export * from './content.js';
export * from './requests.js';
export * from './sources.js';
export * from './structured-input.js';
export * from './threads.js';
export * from './widgets.js';
export * from './workflows.js';
