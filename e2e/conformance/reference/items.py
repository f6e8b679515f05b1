"""Answers of items that are neither texts nor widgets."""

from typing import Any

from chatkit.types import (
    CustomSummary,
    CustomTask,
    DurationSummary,
    EndOfTurnItem,
    FileSource,
    FileTask,
    GeneratedImage,
    GeneratedImageItem,
    GeneratedImageUpdated,
    ImageTask,
    SearchTask,
    StructuredInputFreeform,
    StructuredInputItem,
    StructuredInputMultipleChoice,
    StructuredInputMultipleChoiceOption,
    TaskItem,
    ThoughtTask,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    URLSource,
    Workflow,
    WorkflowItem,
    WorkflowTaskAdded,
    WorkflowTaskUpdated,
)

from parts import Events, Parts


class Items(Parts):
    """Answers of items that are neither texts nor widgets."""

    async def do_client_tool(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))

    async def do_two_client_tools(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_place"))
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))

    async def do_structured_input(self, thread: ThreadMetadata, *_: Any) -> Events:
        options = [StructuredInputMultipleChoiceOption(value=value) for value in ("red", "blue")]
        yield ThreadItemDoneEvent(
            item=StructuredInputItem(
                **self.base(thread),
                inputs=[
                    StructuredInputMultipleChoice(id="one", question="Which?", options=options),
                    StructuredInputMultipleChoice(
                        id="many", question="Which ones?", options=options, multiple=True
                    ),
                    StructuredInputFreeform(id="why", question="Why?", description="In a word"),
                ],
            )
        )

    async def do_tasks(self, thread: ThreadMetadata, *_: Any) -> Events:
        source = URLSource(title="A page", url="https://example.com/", attribution="Example")
        tasks = [
            CustomTask(title="Custom", icon="sparkle", content="Text"),
            SearchTask(title="Search", title_query="q", queries=["q"], sources=[source]),
            ThoughtTask(content="Hm.", status_indicator="complete"),
            FileTask(title="File", sources=[FileSource(title="A file", filename="a.txt")]),
            ImageTask(title="Image"),
        ]
        for task in tasks:
            yield ThreadItemDoneEvent(item=TaskItem(**self.base(thread, "task"), task=task))

    async def do_workflow(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = WorkflowItem(
            **self.base(thread, "workflow"),
            workflow=Workflow(type="reasoning", tasks=[ThoughtTask(content="Hm.")]),
        )
        yield ThreadItemAddedEvent(item=item)
        search = SearchTask(title="Search", status_indicator="loading")
        found = SearchTask(title="Search", queries=["q"], status_indicator="complete")
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WorkflowTaskAdded(task_index=1, task=search)
        )
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WorkflowTaskUpdated(task_index=1, task=found)
        )
        workflow = Workflow(
            type="reasoning",
            tasks=[ThoughtTask(content="Hm."), found],
            summary=DurationSummary(duration=3),
        )
        yield ThreadItemDoneEvent(item=item.model_copy(update={"workflow": workflow}))
        summary = CustomSummary(title="All done", icon="check")
        yield ThreadItemDoneEvent(
            item=WorkflowItem(
                **self.base(thread, "workflow"),
                workflow=Workflow(
                    type="custom", tasks=[CustomTask(title="A step")], summary=summary, expanded=True
                ),
            )
        )

    async def do_image(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = GeneratedImageItem(**self.base(thread))
        image = GeneratedImage(id="img_1", url="https://example.com/1.png")
        yield ThreadItemAddedEvent(item=item)
        for update in (
            GeneratedImageUpdated(image=image, progress=0.5),
            GeneratedImageUpdated(image=image),
        ):
            yield ThreadItemUpdatedEvent(item_id=item.id, update=update)
        yield ThreadItemDoneEvent(item=item.model_copy(update={"image": image}))

    async def do_end_of_turn(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "Done.")
        yield ThreadItemDoneEvent(item=EndOfTurnItem(**self.base(thread)))
