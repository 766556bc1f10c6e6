"""Acting on the machine: choose a request, fill in its form, or type it; save what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events

from l4numa_tui.errors import UserError
from l4numa_tui.tui.behaviour.arranging import Arranging
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.tui.screens.line_edit import KeyScreen
from l4numa_tui.views.picking import Choice

if TYPE_CHECKING:
    from l4numa_tui.scenario.building.sandbox import Done
    from l4numa_tui.tui.workbench import Workbench

_TRACE = "a trace is what a program has done: nothing can be added to it, nor saved as a scenario"
_LEAVES = "ctrl+q"  # Textual's own key for that
_GROUPS = (
    ("Memory", ("read", "write", "execute", "unmap_everywhere", "recover", "work", "migrate")),
    ("System calls", ("unmap", "flush", "thread_control", "space_control", "schedule",
                      "exchange_registers")),
    ("Messages", ("send", "receive", "call", "reply", "reply_wait", "ask_sigma0")),
    ("Build", ()),
)  # fmt: skip


class Acting(Arranging):
    """The sandbox's part of the application."""

    def possible(self, needs: str) -> bool:
        """Requests are for whoever explores; in a lesson the challenge decides what may be done."""
        if needs == "explores":
            return self.stage.player is None
        if needs == "may_type":
            return super().possible("in_challenge") or self.stage.bench is not None
        return super().possible(needs)

    def on_mount(self) -> None:
        """Without a world yet, ask what to start from."""
        if self.stage.bench is not None and self.stage.bench.choosing:
            self.call_after_refresh(self.action_new_world)

    async def on_event(self, event: events.Event) -> None:
        """Keys go at once to a screen that takes them itself, but for the one that always leaves.

        Without a key the screen is not asked for: at the end there is none.
        """
        if not isinstance(event, events.Key) or event.key == _LEAVES:
            await super().on_event(event)
        elif isinstance(self.screen, KeyScreen):
            self.screen.take_key(event)
        else:
            await super().on_event(event)

    def _bench(self) -> Workbench | None:
        """The workbench; without one, say why."""
        if self.stage.bench is None:
            self.say(_TRACE)
        return self.stage.bench

    def action_new_world(self) -> None:
        """Choose a machine and start anew."""
        bench = self._bench()
        if bench is None:
            return
        from l4numa_tui.tui.screens.machine_chooser import (  # noqa: PLC0415 - only when asked for
            MachineScreen,
            machine_named,
        )

        screen = MachineScreen(self.stage, bare=bench.sandbox.scenario.spec.is_bare)

        def chosen(name: str) -> None:
            bench.choosing = False
            if name:
                try:
                    bench.start(machine_named(name), bare=screen.bare)
                except UserError as error:
                    self.say(str(error))
                    return
            self.selected = None
            self.stage.touch()
            self.arrange()
            self.show()

        screen.then = chosen
        self.push_screen(screen)

    def action_act(self) -> None:
        """Choose a request, then fill in its form."""
        bench = self._bench()
        if bench is None:
            return
        from l4numa_tui.tui.screens.pick_screen import PickScreen  # noqa: PLC0415 - as above

        known = {request.name: request for request in bench.requests()}
        groups = {name: title for title, names in _GROUPS for name in names}
        order = [title for title, _ in _GROUPS]
        choices = [
            Choice(request.name, request.help, groups.get(request.name, order[-1]))
            for request in known.values()
        ]
        choices.sort(key=lambda each: order.index(each.group))
        screen = PickScreen(self.stage, choices)
        screen.heading = "What is to be done"

        def chosen(name: str) -> None:
            if name:
                self._fill_in(bench, name)

        screen.then = chosen
        self.push_screen(screen)

    def _fill_in(self, bench: Workbench, name: str) -> None:
        from l4numa_tui.tui.screens.form import Form  # noqa: PLC0415 - as above
        from l4numa_tui.tui.screens.form_screen import FormScreen  # noqa: PLC0415 - as above

        request = next(each for each in bench.requests() if each.name == name)
        fields = bench.defaults(request, self.selected)

        def closed(done: Done | None) -> None:
            if done is not None:
                self._tell(done)

        screen = FormScreen(Form(self.stage, bench, request, fields))
        screen.then = closed
        self.push_screen(screen)

    def _tell(self, done: Done) -> None:
        """Show where the request has led; a word about it only where there is one."""
        self.stage.touch(done.said)
        self.show()

    # Typing.
    def action_command(self) -> None:
        """Type what is to be done: in a challenge by its words, else as a request."""
        bench = self.stage.bench
        if self.stage.player is not None or bench is None:
            super().action_command()
        else:
            self.ask(Prompt("Do", self._typed, complete=bench.complete))

    def _typed(self, text: str) -> None:
        bench = self.stage.bench
        if bench is None or self.stage.own_command(text):
            return
        try:
            done = bench.do_line(text)
        except UserError as error:
            self._ask_again(Prompt("Do", self._typed, complete=bench.complete), text, error)
            return
        self._tell(done)

    def _ask_again(self, prompt: Prompt, text: str, error: UserError) -> None:
        """What cannot be done stays to be mended."""
        self.ask(prompt._replace(text=text, hint=str(error)))

    # Saving.
    def action_save_scenario(self) -> None:
        """Ask for a file's name."""
        bench = self._bench()
        if bench is not None:
            self.ask(
                Prompt(
                    "Save the scenario as",
                    self._save_as(bench),
                    text=bench.proposed(),
                    hint="enter takes this name, or type another",
                    proposed=True,
                )
            )

    def _save_as(self, bench: Workbench) -> Callable[[str], None]:
        def take(path: str) -> None:
            try:
                said = bench.save(path)
            except UserError as error:
                prompt = Prompt("Save the scenario as", take)
                self._ask_again(prompt, path, UserError(error.what, error.expected))
                return
            self.say(said)

        return take
