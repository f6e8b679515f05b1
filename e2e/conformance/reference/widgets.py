"""Answers of widgets."""

from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import stream_widget
from chatkit.types import (
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    WidgetComponentUpdated,
    WidgetItem,
    WidgetRootUpdated,
)
from chatkit.widgets import DynamicWidgetComponent, DynamicWidgetRoot

from parts import Events, Parts


class Widgets(Parts):
    """Answers of widgets."""

    async def do_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        card = self.card(
            [
                {"type": "Text", "id": "t", "value": "A task", "color": None},
                {"type": "Tomorrow", "someProp": {"deep": [1]}},
            ],
            size="sm",
        )
        yield ThreadItemDoneEvent(
            item=WidgetItem(**self.base(thread), widget=card, copy_text="A task")
        )

    async def do_streaming_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        def state(text: str, note: str, **fields: Any) -> DynamicWidgetRoot:
            children = [
                {"type": "Text", "id": "t", "value": text, "streaming": True},
                {"type": "Box", "children": [{"type": "Markdown", "id": "m", "value": note}]},
            ]
            return self.card(children, **fields)

        async def states() -> AsyncIterator[Any]:
            yield state("Lo", "", size="sm")
            yield state("Load", "", size="sm")
            yield state("Load", "", size="sm")
            yield state("Loading", "*Soon*", size="sm")
            yield state("Loading", "*Soon*", size="lg")
            yield state("Done", "*Now*", size="lg")

        async for event in stream_widget(thread, states()):
            yield event

    async def do_component_update(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = WidgetItem(
            **self.base(thread), widget=self.card([{"type": "Badge", "id": "b", "label": "open"}])
        )
        yield ThreadItemAddedEvent(item=item)
        badge = DynamicWidgetComponent.model_validate({"type": "Badge", "id": "b", "label": "done"})
        yield ThreadItemUpdatedEvent(
            item_id=item.id, update=WidgetComponentUpdated(component_id="b", component=badge)
        )
        yield ThreadItemDoneEvent(
            item=item.model_copy(
                update={"widget": self.card([{"type": "Badge", "id": "b", "label": "done"}])}
            )
        )

    async def do_list_view(self, thread: ThreadMetadata, *_: Any) -> Events:
        action = {"type": "open", "payload": {"id": 7, "tab": None}, "handler": "client"}
        entry = {
            "type": "ListViewItem",
            "key": "a",
            "onClickAction": action,
            "children": [{"type": "Text", "value": "A task"}],
        }
        root = DynamicWidgetRoot.model_validate(
            {"type": "ListView", "limit": "auto", "children": [entry]}
        )
        yield ThreadItemDoneEvent(item=WidgetItem(**self.base(thread), widget=root))

    async def do_basic(self, thread: ThreadMetadata, *_: Any) -> Events:
        root = DynamicWidgetRoot.model_validate(
            {"type": "Basic", "gap": 2, "children": {"type": "Title", "value": "Alone"}}
        )
        yield ThreadItemDoneEvent(item=WidgetItem(**self.base(thread), widget=root))

    async def do_root_update(self, thread: ThreadMetadata, *_: Any) -> Events:
        item = WidgetItem(**self.base(thread), widget=self.card([{"type": "Text", "value": "One"}]))
        yield ThreadItemAddedEvent(item=item)
        root = self.card([{"type": "Title", "value": "Two"}], confirm={"label": "OK"})
        yield ThreadItemUpdatedEvent(item_id=item.id, update=WidgetRootUpdated(widget=root))
        yield ThreadItemDoneEvent(item=item.model_copy(update={"widget": root}))

    async def do_whole_widget(self, thread: ThreadMetadata, *_: Any) -> Events:
        card = self.card([{"type": "Text", "value": "Whole"}])
        async for event in stream_widget(thread, card, copy_text="Whole"):
            yield event

    async def states(self, thread: ThreadMetadata, *roots: DynamicWidgetRoot) -> Events:
        async def each() -> AsyncIterator[Any]:
            for root in roots:
                yield root

        async for event in stream_widget(thread, each()):
            yield event

    async def do_other_text(self, thread: ThreadMetadata, *_: Any) -> Events:
        texts = ("Loading", "Loading the task", "Loaded")
        roots = [self.card([{"type": "Text", "id": "t", "value": text}]) for text in texts]
        async for event in self.states(thread, *roots):
            yield event

    async def do_text_without_id(self, thread: ThreadMetadata, *_: Any) -> Events:
        roots = [self.card([{"type": "Text", "value": text}]) for text in ("Load", "Loading")]
        async for event in self.states(thread, *roots):
            yield event

    async def do_new_property(self, thread: ThreadMetadata, *_: Any) -> Events:
        badge = {"type": "Badge", "id": "b", "label": "open"}
        roots = [self.card([badge]), self.card([{**badge, "color": "info"}])]
        async for event in self.states(thread, *roots):
            yield event
