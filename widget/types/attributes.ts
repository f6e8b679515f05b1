import type { TaskPilotChatEventMap } from '../events.js';
import type { Attributes, Properties, properties } from '../properties.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';

type AnyName = keyof typeof properties;

/** Properties that have no attribute. */
type Unattributed = {
  [Name in AnyName]: (typeof properties)[Name] extends { readonly attribute: false } ? Name : never;
}[AnyName];

/**
 * The attributes of `<taskpilot-chat>`: texts, numbers, unions of literals where the vocabulary is closed, or booleans for
 * presence.
 */
export type TaskPilotChatAttributes = {
  [Name in keyof Attributes]?:
    | Extract<Attributes[Name], string | number | boolean>
    | (Attributes[Name] extends number ? `${number}` : never)
    | undefined;
} & { open?: boolean | undefined };

/** What templates can pass as a property only: functions, and objects other than texts. */
export type TaskPilotChatProperties = {
  [Name in Unattributed]?: Properties[Name];
};

/** Handlers of the element's events and ChatKit's, under a prefix such as `on`. */
export type TaskPilotChatHandlers<Prefix extends string> = {
  [Name in keyof TaskPilotChatEventMap as `${Prefix}${Name}`]?:
    | ((event: TaskPilotChatEventMap[Name] & { readonly currentTarget: TaskPilotChat }) => unknown)
    | undefined;
};
