import { Type, type Static } from 'typebox';
import { Id, nullable, optional } from './shared.js';

/**
 * A component of a widget. Its further properties are ChatKit's to know: they are passed on as they are, so
 * that a component of tomorrow works today.
 */
export interface WidgetComponent {
  type: string;
  id?: string;
  key?: string;
  children?: WidgetComponent | WidgetComponent[];
  [property: string]: unknown;
}

export const WidgetComponent = Type.Unsafe<WidgetComponent>(
  Type.Cyclic(
    {
      Component: Type.Object({
        type: Type.String({ minLength: 1 }),
        id: optional(Id),
        key: optional(Type.String()),
        children: optional(Type.Union([Type.Ref('Component'), Type.Array(Type.Ref('Component'))])),
      }),
    },
    'Component',
  ),
);

/** The component that a widget begins with. */
export interface WidgetRoot extends WidgetComponent {
  type: 'Card' | 'ListView' | 'Basic';
}

export const WidgetRoot = Type.Unsafe<WidgetRoot>(
  Type.Intersect([
    WidgetComponent,
    Type.Object({
      type: Type.Union([Type.Literal('Card'), Type.Literal('ListView'), Type.Literal('Basic')]),
    }),
  ]),
);

/** What a widget or the page asks the server to do. */
export const Action = Type.Object({
  type: Type.String({ minLength: 1, maxLength: 200 }),
  payload: nullable(Type.Unknown()),
});
export type Action = Static<typeof Action>;
