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
    HiddenContextItem,
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
    ThreadItemReplacedEvent,
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

    async def do_tool_with_text(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield self.done(thread, "Let me look.")
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_weather"))

    async def do_tool_chain(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=self.tool_call(thread, "get_place"))

    async def do_finished_tool(self, thread: ThreadMetadata, *_: Any) -> Events:
        call = self.tool_call(thread, "get_weather")
        yield ThreadItemDoneEvent(
            item=call.model_copy(update={"status": "completed", "output": {"sky": None}})
        )
        yield self.done(thread, "It is done.")

    async def do_choice(self, thread: ThreadMetadata, *_: Any) -> Events:
        inputs = [
            StructuredInputMultipleChoice(
                id="one", question="Which?", options=[StructuredInputMultipleChoiceOption(value="red")]
            ),
            StructuredInputFreeform(id="why", question="Why?"),
        ]
        item = StructuredInputItem(**self.base(thread), inputs=inputs)
        yield ThreadItemAddedEvent(item=item)
        yield ThreadItemDoneEvent(item=item)

    async def do_approval(self, thread: ThreadMetadata, *_: Any) -> Events:
        state = {"run": {"tool": "close_task", "approved": None}}
        yield ThreadItemDoneEvent(item=HiddenContextItem(**self.base(thread), content=state))
        options = [StructuredInputMultipleChoiceOption(value=value) for value in ("Allow", "Decline")]
        question = StructuredInputMultipleChoice(id="approval", question="Close it?", options=options)
        yield ThreadItemDoneEvent(item=StructuredInputItem(**self.base(thread), inputs=[question]))

    async def do_all_steps(self, thread: ThreadMetadata, *_: Any) -> Events:
        tasks = [
            CustomTask(title="Custom", status_indicator="loading"),
            SearchTask(title="Search", status_indicator="loading"),
            ThoughtTask(title="Thought", content="Hm", status_indicator="loading"),
            FileTask(title="File", status_indicator="loading"),
            ImageTask(title="Image", status_indicator="loading"),
        ]
        item = WorkflowItem(
            **self.base(thread, "workflow"), workflow=Workflow(type="custom", tasks=[], expanded=True)
        )
        yield ThreadItemAddedEvent(item=item)
        for index, task in enumerate(tasks):
            yield ThreadItemUpdatedEvent(
                item_id=item.id, update=WorkflowTaskAdded(task_index=index, task=task)
            )
        done = [task.model_copy(update={"status_indicator": "complete"}) for task in tasks]
        for index, task in enumerate(done):
            yield ThreadItemUpdatedEvent(
                item_id=item.id, update=WorkflowTaskUpdated(task_index=index, task=task)
            )
        workflow = Workflow(type="custom", tasks=done, summary=CustomSummary(title="Five steps"))
        yield ThreadItemDoneEvent(item=item.model_copy(update={"workflow": workflow}))

    async def do_bare_workflow(self, thread: ThreadMetadata, *_: Any) -> Events:
        workflow = Workflow(type="reasoning", tasks=[], summary=DurationSummary(duration=0))
        yield ThreadItemDoneEvent(item=WorkflowItem(**self.base(thread, "workflow"), workflow=workflow))
        yield self.done(thread, "No thoughts.")

    async def do_task_progress(self, thread: ThreadMetadata, *_: Any) -> Events:
        task = CustomTask(title="Loading", status_indicator="loading")
        item = TaskItem(**self.base(thread, "task"), task=task)
        yield ThreadItemAddedEvent(item=item)
        yield ThreadItemDoneEvent(item=item)
        loaded = CustomTask(title="Loaded", status_indicator="complete")
        yield ThreadItemReplacedEvent(item=item.model_copy(update={"task": loaded}))

    async def do_no_image(self, thread: ThreadMetadata, *_: Any) -> Events:
        yield ThreadItemDoneEvent(item=GeneratedImageItem(**self.base(thread)))
