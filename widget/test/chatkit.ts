import type { ChatKitOptions, OpenAIChatKit } from '@openai/chatkit';

/** What the element of chatkit-script.ts offers to tests beside ChatKit's own methods. */
export interface FakeChatKit extends OpenAIChatKit {
  readonly told: ChatKitOptions[];
  readonly calls: unknown[][];
  readonly options: ChatKitOptions;
  readonly frame: HTMLIFrameElement;
  emit(name: string, detail?: unknown): void;
  ask(current?: string | null): Promise<string>;
}

/** How the fake ChatKit behaves, and the elements that it has made. */
export interface ChatKitStage {
  elements: HTMLElement[];
  /** `dead`: the frame answers, but no application runs in it; `missing`: not even that. */
  frame: 'works' | 'dead' | 'missing';
  /** What its methods fail with. */
  failing: Error | null;
}

/** Address of the fake script. */
export const chatKitSrc = new URL('./chatkit-script.ts', import.meta.url).href;

/** Address of a script that loads, and defines nothing. */
export const stubSrc = new URL('./stub-script.js', import.meta.url).href;

export const chatKit: ChatKitStage = { elements: [], frame: 'works', failing: null };
Object.assign(globalThis, { chatKit });
