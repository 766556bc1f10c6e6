"""Every action of the screen, once: footer, palette, help and bindings are made from this list.

The application has an `action_` method for each. `needs` says when an action is possible: a
condition that `possible` of the application knows. A user's config.toml names actions by `id` and
may give them other keys: what is shown comes from `tui.habits.keymap`, `keys` are the built-in
ones.
"""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """One thing a key does. `label` is a footer's word, "" keeps it out of the footer.

    `id` is a plain word that stays what it is: files name it. `keys` are in Textual's names.
    `needs` names what must hold: "" always, else one of the conditions the application knows.
    `call` is the method with its argument where it is not called like the id. `panes` are the
    numbers of the panes to whose help it belongs first of all.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    title: str
    help: str
    needs: str = ""
    group: str = "step"
    call: str = ""
    panes: tuple[int, ...] = ()
    foot: str = ""

    @property
    def method(self) -> str:
        """What Textual is to call: the method's name without `action_`, and its argument."""
        return self.call or self.id


_CONTENT = (1, 2, 3, 4, 6)  # panes whose lines can be selected
_ALL = (1, 2, 3, 4, 5, 6)


# In the footer's order: what must not be cut off on a narrow screen comes first.
ACTIONS: tuple[Action, ...] = (
    Action("answer", ("enter",), "answer", "Give the answer",
           "hand in the answer you picked or typed", "can_answer", "lesson", panes=(5,)),
    Action("step", ("n", "right"), "step", "Step forward",
           "one step: one thread runs until it traps, blocks or has sent", "may_step"),
    Action("advance", ("space",), "", "Read on, fold, or step",
           "shows more of the lesson's text, folds what the cursor is on, or steps", "",
           panes=(2, 5)),
    Action("back", ("p", "left", "b"), "back", "Step back",
           "takes the last step back exactly", "may_back"),
    Action("stride", ("N", "shift+right"), "fault", "Step over",
           "steps until nobody waits for a pager: a whole pagefault in one stride", "may_step"),
    Action("stride_back", ("P", "B", "shift+left"), "", "Step back over",
           "back to where that stride began", "may_back"),
    Action("act", ("a",), "act", "Act",
           "choose what a thread is to do, then who does it and where", "explores", "act"),
    Action("command", ("colon",), "do", "Do something",
           "have a thread do what you type, such as A.0 write 0x402000", "may_type", "act",
           panes=(5,), foot="has_lesson"),
    Action("forest_zoom", ("m",), "view", "Chips, cards or lanes",
           "draws the forest as chips, as cards, or in lanes: a column for each home node", "",
           "look", panes=(2,), foot="in_database"),
    Action("limit", ("l",), "limit", "Limit the database",
           "shows only trees with entries such as node:2, rights:w, changed; empty shows all", "",
           "look", panes=(2,), foot="in_database"),
    Action("one_frame", ("o",), "frame", "One frame in full",
           "a frame's whole tree, with who made each entry; n p go on to the next frame, N P to "
           "the next node's memory", "is_mapped", "look", panes=(2,), foot="in_database"),
    Action("run", ("r",), "run", "Run",
           "runs to the end, to the next question or breakpoint; any key stops it", "may_step"),
    Action("changed_last", ("c",), "changed by", "Who changed this last",
           "to the step that changed what is selected last; again: to the one before",
           "", "time", foot="is_selected"),
    Action("breakpoint", ("t",), "break", "Breakpoint here",
           "sets a breakpoint at this step, or takes it away: running and striding stop there", "",
           "time", foot="in_database"),
    Action("first", ("home",), "", "To the start",
           "back to step 0: the machine just booted", "may_back"),
    Action("last", ("end",), "", "To the last known step",
           "to the last step you have seen", "may_forward"),
    Action("goto", ("g",), "go to", "Go to a step",
           "asks for a step's number", ""),
    Action("hint", ("h",), "hint", "Hint",
           "the next hint: first the principle, then where to look, then an example", "has_hints",
           "lesson", panes=(5,)),
    Action("watch", ("T",), "", "Watch the selected thing",
           "stops where what is selected changes; with nothing selected, chooses what to stop at",
           "", "time"),
    Action("stops", (), "", "All stops",
           "breakpoints, watches, and events to stop at: faults, messages, unmaps, shootdowns", "",
           "time"),
    Action("changed_next", ("C",), "", "Next change of this",
           "to the next known step that changes what is selected", "", "time"),
    Action("diff", ("d",), "", "Differences to another step",
           "asks for a step and lists what differs from the present one", "has_past", "time"),
    Action("branches", ("V",), "", "Other futures",
           "the futures left behind by acting in the past; enter goes into one", "", "time"),
    Action("run_back", (), "", "Run backwards",
           "plays the steps in reverse, to the start or to a stop; any key stops it", "may_back",
           "time"),
    Action("faster", ("plus", "equals_sign"), "", "Run faster",
           "more steps a second, also while running", "", "time", "speed(1)"),
    Action("slower", ("minus",), "", "Run slower",
           "fewer steps a second, also while running", "", "time", "speed(-1)"),
    Action("dont_know", ("u",), "", "I don't know", "answers that you do not know", "asked",
           "lesson", panes=(5,)),
    Action("new_world", (), "", "Start from another machine",
           "a new machine, with user level or the bare kernel", "explores", "act"),
    Action("reveal", (), "", "Give the answer away", "shows the answer; costs its points",
           "asked", "lesson"),
    Action("explain", ("e",), "explain", "Explanation",
           "what the scenario shows, with the notes on its steps", "has_about", "look"),
    Action("find", ("slash",), "find", "Find",
           "a space, thread, region, address, frame, node, step or word, wherever it is", "",
           "look"),
    Action("words", ("w",), "words", "Words", "the glossary: what each word means", "",
           "look"),
    Action("words_here", ("K",), "", "What do these words mean?",
           "explains the words and signs on the line that the cursor is on", "", "look",
           panes=_ALL),
    Action("save_scenario", ("ctrl+s",), "save", "Save the scenario",
           "writes what was done up to the last known step as a scenario file", "explores", "act"),
    Action("restart", ("R",), "", "Restart the challenge",
           "begins the challenge anew; what was passed stays passed", "in_challenge", "lesson"),
    Action("choose", ("enter",), "", "Select",
           "lights up what the cursor is on in every pane; again: the next thing on that line",
           "has_cursor", "look", panes=_CONTENT),
    Action("deselect", ("escape",), "deselect", "Deselect",
           "ends a selection, a zoomed pane, or a message", "", "look", foot="is_selected"),
    Action("next_pane", ("tab",), "pane", "Next pane",
           "moves to the next pane; shift+tab to the one before", "", "look"),
    Action("previous_pane", ("shift+tab",), "", "Previous pane",
           "moves to the pane before", "", "look"),
    Action("zoom", ("z",), "zoom", "Zoom the pane",
           "gives the focused pane the whole screen, and back", "is_usable", "look"),
    Action("jump", ("ctrl+o",), "", "Jump to a pane",
           "puts a letter on every pane; press one to go there", "is_usable", "look"),
    Action("machine", ("1",), "", "Machine", "the machine map", "", "look", "pane(1)"),
    Action("database", ("2",), "", "Mapping database", "the forest of mappings", "", "look",
           "pane(2)"),
    Action("messages", ("3",), "", "Messages", "the message lanes", "", "look", "pane(3)"),
    Action("tables", ("4",), "", "Tables", "page tables, and what is selected in full", "",
           "look", "pane(4)"),
    Action("lesson", ("5",), "", "Lesson", "the lesson's text and question", "", "look",
           "pane(5)"),
    Action("inspector", ("6",), "", "Inspector", "what is selected, in full", "is_wide",
           "look", "pane(6)"),
    Action("source", ("s",), "", "Source of this step",
           "shows the kernel's or pager's own code that the last step went through", "may_back",
           "look"),
    Action("inspect", ("i",), "inspect", "Inspector or tables",
           "changes the fourth pane between page tables and what is selected", "two_faced", "look",
           panes=(4,)),
    Action("export", ("x",), "export", "Export",
           "writes this moment or the run to a file: graphs, pictures, text, a film", "", "look"),
    Action("cursor_down", ("down", "j"), "", "Cursor down", "to the next line",
           "has_cursor", "look", "cursor(1)", _ALL),
    Action("cursor_up", ("up", "k"), "", "Cursor up", "to the line before", "has_cursor",
           "look", "cursor(-1)", _ALL),
    Action("page_down", ("pagedown",), "", "Page down", "scrolls a page down",
           "has_cursor", "look", "page(1)"),
    Action("page_up", ("pageup",), "", "Page up", "scrolls a page up", "has_cursor",
           "look", "page(-1)"),
    Action("fold_all", ("f",), "", "Fold all", "folds every run of frames alike", "",
           "look", "fold_all(False)", (2,)),
    Action("unfold_all", ("F",), "", "Unfold all", "shows every tree of the forest", "",
           "look", "fold_all(True)", (2,)),
    Action("parent", ("comma",), "", "To the parent", "in the forest, to the parent", "",
           "look", "kin('left')", (2,)),
    Action("child", ("full_stop",), "", "To the first child",
           "in the forest, to the first child", "", "look", "kin('right')", (2,)),
    Action("copy", ("y",), "", "Copy",
           "what is selected, else the focused pane, as text: to the clipboard and to a file", "",
           "look", panes=_ALL),
    Action("pan_left", ("less_than_sign",), "", "Pan left",
           "in the forest, shows what lies to the left", "", "look", "pan(-1)", (2,)),
    Action("pan_right", ("greater_than_sign",), "", "Pan right",
           "in the forest, shows what lies to the right", "", "look", "pan(1)", (2,)),
    Action("light", (), "", "Light or dark", "changes between the dark and the light theme",
           "has_colours", "look"),
    Action("next_theme", ("ctrl+t",), "", "Next theme",
           "dark, light, high contrast on dark and on light, the terminal's own colours, none",
           "has_colours", "look"),
    Action("help", ("question_mark", "f1"), "help", "Help",
           "the focused pane, its keys, the marks, and all other keys", "", "program"),
    Action("command_palette", ("ctrl+p",), "", "All commands",
           "a list of everything that is possible now, searched by typing", "", "program"),
    Action("suspend_process", ("ctrl+z",), "", "Suspend",
           "gives the terminal back to the shell until its `fg`", "has_shell", "program"),
    Action("quit", ("q", "ctrl+c"), "quit", "Quit",
           "saves where you are and leaves", "", "program"),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}
BY_METHOD = {action.method: action for action in ACTIONS}
GROUPS = (
    ("step", "Stepping"),
    ("act", "Acting"),
    ("time", "Travelling in time"),
    ("look", "Looking"),
    ("lesson", "The lesson"),
    ("program", "Program"),
)
