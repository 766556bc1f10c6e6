"""Keys to moves: stepping, running, answering, selecting, saving. It knows no layout."""

from __future__ import annotations

import os
from collections.abc import Callable
from signal import SIGHUP
from time import monotonic

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.reactive import reactive

from l4numa_tui.tui.actions import ACTIONS, BY_METHOD
from l4numa_tui.tui.panes.line_pane import Chosen
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.tui.stage import START, Moment, Stage
from l4numa_tui.tui.terminal import is_lost, is_served
from l4numa_tui.views.segments import Target


class Steering(App[int]):
    """Moves a stage and tells every pane by two reactive values: `moment` and `selected`."""

    moment: reactive[Moment] = reactive(START, init=False, repaint=False)
    selected: reactive[Target | None] = reactive(None, init=False, repaint=False)

    def __init__(
        self,
        stage: Stage,
        save: Callable[[], None] | None = None,
        *,
        ansi_color: bool | None = None,
    ) -> None:
        super().__init__(ansi_color=ansi_color)
        self.stage = stage
        self.prompt: Prompt | None = None
        self._save = save
        self._save_due = False
        self.set_reactive(Steering.moment, stage.moment())

    # Showing.
    def show(self) -> None:
        """Paint what changed, in one frame; then save."""
        self.moment = self.stage.moment()
        if self._save is not None and not self._save_due:
            self._save_due = True
            self.call_after_refresh(self.save_now)

    def save_now(self) -> None:
        """Save the progress; a full disk is said, not thrown."""
        self._save_due = False
        if self._save is None:
            return
        try:
            self._save()
        except OSError as error:
            self.stage.touch(f"cannot save: {error.strerror or error}")
            self.moment = self.stage.moment()

    def say(self, text: str) -> None:
        """Tell the viewer something, until the next move."""
        self.stage.touch(text)
        self.moment = self.stage.moment()

    def watch_selected(self, target: Target | None) -> None:
        """The stage's scenes light up what is selected."""
        self.stage.selected = target

    # What is possible.
    def possible(self, needs: str) -> bool:
        """Whether one of the registry's conditions holds; "" always does."""
        stage, session, player = self.stage, self.stage.session, self.stage.player
        asked = stage.draft is not None
        acting = player is not None and player.in_challenge
        match needs:
            case "asked":
                holds = asked
            case "can_answer":
                holds = asked and self.lesson_has_keys()
            case "may_step":
                holds = not stage.ended()
            case "may_back":
                holds = session.cursor > 0
            case "may_forward":
                holds = session.cursor < session.length
            case "has_about":
                holds = player is None and bool(stage.about.explanation)
            case "in_challenge":
                holds = acting
            case "has_hints":
                holds = asked or acting
            case "is_selected":
                holds = self.selected is not None
            case "has_shell":
                holds = not is_served()
            case _:
                holds = True
        return holds

    def lesson_has_keys(self) -> bool:
        """Whether enter and digits mean the lesson's question."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual's question whether an action is possible now."""
        name = f"{action}({parameters[0]!r})" if parameters else action
        known = BY_METHOD.get(name)
        return self.possible(known.needs) if known else True

    # Keys that are text: while the program asks, or a lesson does.
    def on_event_key(self, event: events.Key) -> bool:
        """Take a key before any binding does; whether it was taken."""
        if self.prompt is not None:
            self._prompt_key(event)
            return True
        draft = self.stage.draft
        if draft is None:
            return False
        digits, key = self.lesson_has_keys(), event.character or event.key
        if digits and event.key in ("up", "down") and draft.question.kind == "choice":
            draft.move(1 if event.key == "down" else -1)
        elif digits and event.key == "backspace":
            draft.rub()
        elif not draft.press(key, digits=digits):
            return False
        self.stage.touch()
        self.show()
        return True

    def _prompt_key(self, event: events.Key) -> None:
        prompt = self.prompt
        if prompt is None:
            return
        if event.key in ("escape", "ctrl+c"):
            self.prompt = None
        elif event.key == "enter":
            self.prompt = None
            if prompt.text.strip() or prompt.empty:
                prompt.take(prompt.text.strip())
        elif event.key == "backspace":
            self.prompt = prompt.rubbed()
        elif event.key == "tab":
            self.prompt = prompt.completed()
        elif event.character and event.is_printable:
            self.prompt = prompt.typed(event.character)
        self.stage.revision += 1
        self.show()

    def ask(self, prompt: Prompt) -> None:
        """Ask for a line of text."""
        self.prompt = prompt
        self.stage.touch()
        self.show()

    # Moving.
    def action_step(self) -> None:
        """One step forward."""
        self.stage.step()
        self.show()

    async def action_back(self) -> None:
        """One step back."""
        self.stage.back()
        self.show()

    def action_stride(self) -> None:
        """A whole fault forward."""
        self.stage.stride()
        self.show()

    def action_stride_back(self) -> None:
        """A whole fault back."""
        self.stage.stride_back()
        self.show()

    def action_first(self) -> None:
        """To step 0."""
        self.stage.seek(0)
        self.show()

    def action_last(self) -> None:
        """To the last known step."""
        self.stage.seek(self.stage.session.length)
        self.show()

    def action_goto(self) -> None:
        """Ask for a step."""
        self.ask(Prompt("Go to step", self._go_to, digits=True))

    def _go_to(self, text: str) -> None:
        self.stage.seek(int(text))

    # Lesson.
    def action_answer(self) -> None:
        """Hand in the answer."""
        self.stage.answer()
        self.show()

    def action_dont_know(self) -> None:
        """Answer "I don't know"."""
        if self.stage.draft is not None:
            self.stage.draft.give_up()
        self.stage.touch()
        self.show()

    def action_hint(self) -> None:
        """The next hint."""
        self.stage.hint(monotonic())
        self.show()

    def action_command(self) -> None:
        """Ask for a command: what a thread shall do, in a challenge."""
        player = self.stage.player
        forms = [form for form, _ in player.commands()] if player else []
        hint = ", ".join([*forms, "back", "restart"]) if forms else ""
        self.ask(Prompt("Do", self.stage.command, hint=hint))

    def action_restart(self) -> None:
        """Begin the challenge anew."""
        self.stage.restart()
        self.show()

    def action_reveal(self) -> None:
        """Give the answer away."""
        self.stage.reveal()
        self.show()

    # Selecting.
    def on_chosen(self, message: Chosen) -> None:
        """Something was clicked on or chosen with enter."""
        kind, *numbers = message.target
        if kind == "action":
            self.call_later(self.run_action, f"app.{ACTIONS[numbers[0]].method}")
        elif kind == "choice" and self.stage.draft is not None:
            if numbers[0] < 0:
                self.stage.draft.give_up()
            else:
                self.stage.draft.pick(numbers[0])
            self.stage.touch()
            self.show()
        elif kind == "seek" or (kind == "step" and message.target == self.selected):
            # A step that is chosen a second time is gone to.
            self.stage.seek(numbers[0])
            self.show()
        else:
            self.selected = None if message.target == self.selected else message.target

    def action_deselect(self) -> None:
        """End the selection and the message."""
        self.selected = None
        if self.stage.notice:
            self.say("")

    async def action_quit(self) -> None:
        """Save and leave."""
        self.leave(0)

    def leave(self, code: int) -> None:
        """Save at once and end the program with an exit status."""
        self.save_now()
        if self._adrift():
            # Nothing can be painted or restored: the painting thread would wait for ever.
            os._exit(code)
        self.exit(code, return_code=code)

    def _adrift(self) -> bool:
        return not self.is_headless and is_lost()

    def panic(self, *renderables: RenderableType) -> None:
        """An error that nobody expected; a lost terminal is none."""
        if self._adrift():
            self.leave(128 + SIGHUP)
        super().panic(*renderables)
