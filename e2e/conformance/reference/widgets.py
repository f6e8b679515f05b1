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
