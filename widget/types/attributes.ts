import type { TaskPilotChatEventMap } from '../events.js';
import type { Attributes, Properties, properties } from '../properties.js';
import type { TaskPilotChat } from '../taskpilot-chat.js';

/** What an attribute can be in markup: text, or presence where it is boolean. */
type InMarkup<Value> = Value extends boolean ? boolean : Extract<Value, string>;

type AnyName = keyof typeof properties;

/** Properties that have no attribute. */
type Unattributed = {
  [Name in AnyName]: (typeof properties)[Name] extends { readonly attribute: false } ? Name : never;
}[AnyName];

/** The attributes of `<taskpilot-chat>`; closed vocabularies are unions of literals. */
export type TaskPilotChatAttributes = {
  [Name in keyof Attributes]?: InMarkup<Attributes[Name]> | undefined;
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
