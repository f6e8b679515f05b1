import { Type, type TSchema } from 'typebox';

/** Ids are opaque; the bound keeps them indexable. */
export const Id = Type.String({ minLength: 1, maxLength: 200 });

/** ISO 8601. */
export const Timestamp = Type.String({ minLength: 1 });

/** A key of a record: by default, TypeBox does not look at the values of keys with a line break in them. */
export const AnyKey = Type.String({ pattern: '^[^]*$' });

/** Whatever JSON can say: the application's data, passed on as it is. */
export const FreeData = Type.Record(AnyKey, Type.Unknown());

export const optional = Type.Optional;

/** What a responder may leave out; the wire always has it. */
export const Flag = Type.Optional(Type.Boolean({ default: false }));

/** As `Flag`, for lists. */
export const listOf = <T extends TSchema>(entry: T) =>
  Type.Optional(Type.Array(entry, { default: [] }));

/** What a request may leave out or send as null. */
export const nullable = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** One of ChatKit's icons, or `vendor:…`, or `lucide:…`; the client ignores a name that it does not know. */
export const IconName = Type.String({ minLength: 1, maxLength: 200 });
