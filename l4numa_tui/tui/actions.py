"""Every action of the screen, once: footer, palette, help and key bindings are made from this list.

`method` of an action is the application's `action_` method; `needs` says when it is possible:
a property of the application that must hold.
"""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """One thing a key does. `label` is a footer's word, "" keeps it out of the footer.

    `keys` in Textual's names; `shown` is how the first of them is printed. `needs` names what must
    hold: "" always, else one of the conditions the application knows.
    """

    id: str
    keys: tuple[str, ...]
    shown: str
    label: str
    title: str
    help: str
    needs: str = ""
    group: str = "step"


# In the footer's order: what must not be cut off on a narrow screen comes first.
ACTIONS: tuple[Action, ...] = (
    Action("answer", ("enter",), "enter", "answer", "Give the answer",
           "hand in the answer you picked or typed", "can_answer", "lesson"),
    Action("step", ("n", "right"), "n", "step", "Step forward",
           "one step: one thread runs until it traps, blocks or has sent", "may_step"),
    Action("advance", ("space",), "space", "", "Read on, fold, or step",
           "shows more of the lesson's text, folds what the cursor is on, or steps", ""),
    Action("back", ("p", "left", "b"), "p", "back", "Step back",
           "takes the last step back exactly", "may_back"),
    Action("stride", ("N", "shift+right"), "N", "whole fault", "Step over",
           "steps until nobody waits for a pager: a whole pagefault in one stride", "may_step"),
    Action("stride_back", ("P", "B", "shift+left"), "P", "", "Step back over",
           "back to where that stride began", "may_back"),
    Action("run", ("r",), "r", "run", "Run",
           "runs to the end, to the next question or breakpoint; any key stops it", "may_step"),
    Action("first", ("home",), "Home", "", "To the start",
           "back to step 0: the machine just booted", "may_back"),
    Action("last", ("end",), "End", "", "To the last known step",
           "to the last step you have seen", "may_forward"),
    Action("goto", ("g",), "g", "go to", "Go to a step",
           "asks for a step's number", ""),
    Action("hint", ("h",), "h", "hint", "Hint",
           "the next hint: first the principle, then where to look, then an example", "has_hints",
           "lesson"),
    Action("dont_know", ("u",), "u", "", "I don't know", "answers that you do not know", "asked",
           "lesson"),
    Action("command", ("colon",), ":", "do", "Do something",
           "in a challenge: have a thread do what you type", "in_challenge", "lesson"),
    Action("reveal", (), "", "", "Give the answer away", "shows the answer; costs its points",
           "asked", "lesson"),
    Action("words", ("w",), "w", "words", "Words", "the glossary: what each word means",
           "has_lesson", "lesson"),
    Action("explain", ("e",), "e", "explain", "Explanation",
           "what the scenario shows, with the notes on its steps", "has_about", "look"),
    Action("restart", ("R",), "R", "", "Restart the challenge",
           "begins the challenge anew; what was passed stays passed", "in_challenge", "lesson"),
    Action("choose", ("enter",), "enter", "", "Select",
           "lights up what the cursor is on in every pane; again: the next thing on that line",
           "has_cursor", "look"),
    Action("deselect", ("escape",), "esc", "", "Deselect",
           "ends a selection, a zoomed pane, or a message", "", "look"),
    Action("zoom", ("z",), "z", "zoom", "Zoom the pane",
           "gives the focused pane the whole screen, and back", "is_large", "look"),
    Action("next_pane", ("tab",), "tab", "pane", "Next pane",
           "moves to the next pane; shift+tab to the one before", "", "look"),
    Action("previous_pane", ("shift+tab",), "shift+tab", "", "Previous pane",
           "moves to the pane before", "", "look"),
    Action("pane(1)", ("1",), "1", "", "Machine", "the machine map", "", "look"),
    Action("pane(2)", ("2",), "2", "", "Mapping database", "the forest of mappings", "", "look"),
    Action("pane(3)", ("3",), "3", "", "Messages", "the message lanes", "", "look"),
    Action("pane(4)", ("4",), "4", "", "Tables", "page tables, and what is selected in full", "",
           "look"),
    Action("pane(5)", ("5",), "5", "", "Lesson", "the lesson's text and question", "", "look"),
    Action("source", ("s",), "s", "", "Source of this step",
           "shows the kernel's or pager's own code that the last step went through", "may_back",
           "look"),
    Action("inspect", ("i",), "i", "inspect", "Inspector or tables",
           "changes the fourth pane between page tables and what is selected", "two_faced", "look"),
    Action("cursor(1)", ("down", "j"), "down", "", "Cursor down", "to the next line", "has_cursor",
           "look"),
    Action("cursor(-1)", ("up", "k"), "up", "", "Cursor up", "to the line before", "has_cursor",
           "look"),
    Action("page(1)", ("pagedown",), "PgDn", "", "Page down", "scrolls a page down", "has_cursor",
           "look"),
    Action("page(-1)", ("pageup",), "PgUp", "", "Page up", "scrolls a page up", "has_cursor",
           "look"),
    Action("fold_all(False)", ("f",), "f", "", "Fold all", "folds every run of frames alike", "",
           "look"),
    Action("fold_all(True)", ("F",), "F", "", "Unfold all", "shows every tree of the forest", "",
           "look"),
    Action("kin('left')", ("comma",), ",", "", "To the parent", "in the forest, to the parent", "",
           "look"),
    Action("kin('right')", ("full_stop",), ".", "", "To the first child",
           "in the forest, to the first child", "", "look"),
    Action("light", (), "", "", "Light or dark", "changes between the dark and the light theme", "",
           "look"),
    Action("help", ("question_mark", "f1"), "?", "help", "Help",
           "keys, marks and the focused pane", "", "program"),
    Action("command_palette", ("ctrl+p",), "^p", "", "All commands",
           "a list of everything, searched by typing", "", "program"),
    Action("suspend_process", ("ctrl+z",), "^z", "", "Suspend",
           "gives the terminal back to the shell until its `fg`", "has_shell", "program"),
    Action("quit", ("q", "ctrl+c"), "q", "quit", "Quit",
           "saves where you are and leaves", "", "program"),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}
GROUPS = (
    ("step", "Stepping"),
    ("look", "Looking"),
    ("lesson", "The lesson"),
    ("program", "Program"),
)
