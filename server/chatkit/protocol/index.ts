/**
 * The vocabulary of the ChatKit protocol. Each name is a TypeBox schema and the type that it describes; both
 * follow OpenAI's server for Python (`openai-chatkit`, `types.py`).
 */
export {
  Action,
  Annotation,
  AssistantContent,
  CustomTask,
  EntitySource,
  FileSource,
  FileTask,
  FreeformInput,
  ImageTask,
  InferenceOptions,
  MultipleChoiceInput,
  SearchTask,
  Source,
  StructuredInput,
  StructuredInputAnswer,
  StructuredInputSubmission,
  Task,
  ThoughtTask,
  UrlSource,
  UserContent,
  UserMessageInput,
  UserTag,
  UserText,
  WidgetComponent,
  WidgetRoot,
  Workflow,
  WorkflowSummary,
} from './content.js';
export { Attachment, UploadDescriptor } from './attachments.js';
export * from './events.js';
export * from './items.js';
export * from './requests.js';
