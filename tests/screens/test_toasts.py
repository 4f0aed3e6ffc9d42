"""Toasts never lie over the work in heaps."""

from __future__ import annotations

from harness import SmallApp, scenario, until

from screens.toasts import MOST, Toasts


@scenario
async def test_only_the_last_few_are_shown_and_none_twice() -> None:
    app = SmallApp()
    async with app.run_test() as pilot:
        toasts = Toasts(app)
        toasts.show("named", "stays")
        for number in range(20):
            toasts.say(f"said {number}", severity="warning")
        toasts.say("said 18")
        await until(pilot, lambda: len(app._notifications) == MOST + 1)
        shown = [note.message for note in app._notifications]
        assert shown == ["stays", "said 17", "said 19", "said 18"]
