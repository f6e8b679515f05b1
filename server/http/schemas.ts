import type { FastifyInstance } from 'fastify';

/**
 * Makes the schemas of a scope descriptions, for /openapi.json. Its handlers check what comes in and choose
 * what goes out themselves: the compilers of an application around us may be for schemas of another kind.
 */
export function describeOnly(app: FastifyInstance): void {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
}
