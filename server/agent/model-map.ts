import type { Model, ModelProvider } from '@openai/agents';

/** Models to use in place of others, by the names that agents have in their code. */
export type ModelMap = Readonly<Record<string, string>>;

export const mappedModel = (map: ModelMap, name: string): string =>
  Object.hasOwn(map, name) ? (map[name] ?? name) : name;

type ModelRequest = Parameters<Model['getResponse']>[0];
type Settings = ModelRequest['modelSettings'];

/** Families that reason before they answer, as OpenAI names them. */
const isReasoningModel = (name: string): boolean => /^(?:gpt-(?:[5-9]|\d\d)|o\d)/.test(name);

/** The settings of an agent that was written for another model, without those that this one refuses. */
function settingsFor(name: string, settings: Settings): Settings {
  const kept = { ...settings };
  if (!isReasoningModel(name)) {
    delete kept.reasoning;
  } else if (kept.reasoning?.effort !== 'none') {
    delete kept.temperature;
    delete kept.topP;
    delete kept.frequencyPenalty;
    delete kept.presencePenalty;
  }
  return kept;
}

/** Models of another provider, with those of the map in the place of others. */
export function mapModels(provider: ModelProvider, map: ModelMap): ModelProvider {
  if (Object.keys(map).length === 0) return provider;
  return {
    getModel: async (name) => {
      const target = name === undefined ? undefined : mappedModel(map, name);
      const model = await provider.getModel(target);
      if (target === undefined || target === name) return model;
      const fit = (request: ModelRequest): ModelRequest => ({
        ...request,
        modelSettings: settingsFor(target, request.modelSettings),
      });
      return {
        getResponse: (request) => model.getResponse(fit(request)),
        getStreamedResponse: (request) => model.getStreamedResponse(fit(request)),
        getRetryAdvice: (args) => model.getRetryAdvice?.(args),
      };
    },
  };
}
