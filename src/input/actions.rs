//! Every action, one row each: its word, and what it does in one line. Help, palette, keymap files and the README's key
//! table are made from these rows, so an action cannot exist without its documentation.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes one enum per scope, and [`Action`] over them.
macro_rules! actions {
    ($( $(#[$about:meta])* $scope:ident $word:literal { $( $action:ident $name:literal $doc:literal, )* } )*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            #[serde(rename_all = "kebab-case")]
            pub enum $scope {
                $( #[doc = $doc] $action, )*
            }
        )*

        /// Where a key means something.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Scope {
            $( $(#[$about])* $scope, )*
        }

        impl Scope {
            /// All scopes, in the order of help.
            pub const ALL: &[Self] = &[$( Self::$scope, )*];

            /// The word a keymap file uses for it.
            pub const fn word(self) -> &'static str {
                match self { $( Self::$scope => $word, )* }
            }
        }

        /// Something the operator can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Action {
            $( $(#[$about])* $scope($scope), )*
        }

        impl Action {
            /// All actions, scope by scope.
            pub const ALL: &[Self] = &[$( $( Self::$scope($scope::$action), )* )*];

            /// The word for keymap files and the palette; unique within its scope.
            pub const fn name(self) -> &'static str {
                match self { $( $( Self::$scope($scope::$action) => $name, )* )* }
            }

            /// What it does, in one line.
            pub const fn doc(self) -> &'static str {
                match self { $( $( Self::$scope($scope::$action) => $doc, )* )* }
            }

            /// Where it means something.
            pub const fn scope(self) -> Scope {
                match self { $( Self::$scope(_) => Scope::$scope, )* }
            }
        }
    };
}

actions! {
    /// Everywhere.
    Global "global" {
        Help "help" "show the keys of this screen",
        Palette "palette" "find an action by name",
        Back "back" "close what is open, go back one screen, or clear the filter of the board",
        Leave "leave" "go back one screen, or leave rolldeck from the first one",
        Redraw "redraw" "draw the screen afresh",
        Journal "journal" "show what was done, by whom, and what became of it",
        Sources "sources" "show what is read from the cluster, how fresh it is and what is refused",
        Export "export" "write what is shown into a file: csv, json, svg or md",
        Quit "quit" "leave rolldeck from anywhere",
    }
    /// Moving in the list or panes of the current screen.
    Move "move" {
        Up "up" "one up",
        Down "down" "one down",
        Left "left" "one to the left",
        Right "right" "one to the right",
        Top "top" "to the first",
        Bottom "bottom" "to the last",
        PageUp "page-up" "half a screen up",
        PageDown "page-down" "half a screen down",
    }
    /// The board.
    Board "board" {
        Open "open" "open the deck of the selected rollout",
        Filter "filter" "filter as you type: name, ns:shop, state:stuck, image:1.9, label=value",
        SortNext "sort-next" "sort by the next column",
        SortReverse "sort-reverse" "reverse the order",
        NeedsYou "needs-you" "show only what needs a human, or all again",
    }
    /// The deck of one rollout.
    Deck "deck" {
        Pods "pods" "list the pods of the selected version",
        Logs "logs" "read the logs of the selected pod, or of all pods of the selected version",
        History "history" "list the revisions, compare them, go back to one",
        Diff "diff" "show what changed in the template between the version before and the newest",
        Older "older" "unfold or fold the older versions",
        Timeline "timeline" "give the timeline the whole screen",
        Tellers "tellers" "show all of the timeline, only warnings, only events, or only changes",
        Chart "chart" "give the charts the whole screen, both versions on one axis",
        Longer "longer" "charts show a longer stretch of time",
        Shorter "shorter" "charts show a shorter stretch of time",
        Window "window" "take rates over a longer time, or over the shortest again",
        Pack "pack" "take the numbers from the next query pack that has series",
        Next "next" "the next rollout of the board",
        Previous "previous" "the previous rollout of the board",
    }
    /// What changes the cluster. Each opens a card that shows the plan; nothing is sent before it is confirmed there.
    Steer "steer" {
        Pause "pause" "plan: stop the update where it is",
        Resume "resume" "plan: let a paused update go on",
        Undo "undo" "plan: go back to an earlier version",
        Restart "restart" "plan: replace all pods by new ones of the same version",
        Scale "scale" "plan: change the number of pods",
        SetImage "set-image" "plan: change images",
        Shift "shift" "plan: change who gets which share of the traffic",
    }
    /// The charts of a rollout.
    Chart "chart" {
        ZoomIn "zoom-in" "show a shorter stretch of time, around the cursor",
        ZoomOut "zoom-out" "show a longer stretch of time, as far as the metrics go back",
        PanBack "pan-back" "half a screen back in time",
        PanOn "pan-on" "half a screen on in time",
        First "first" "cursor to the beginning of what is shown",
        Last "last" "cursor to the end of what is shown",
        Now "now" "follow the newest numbers, without a cursor",
        NextNote "next-note" "cursor to the next thing that happened",
        PreviousNote "previous-note" "cursor to what happened before",
        NextFigure "next-figure" "the next measure or query",
        PreviousFigure "previous-figure" "the measure or query before",
        Alone "alone" "one measure as high as the screen, or several below each other again",
        Query "query" "type any PromQL and see its curves",
    }
    /// The revisions of a rollout.
    History "history" {
        Compare "compare" "show what differs between the selected revision and what runs, or the marked one",
        Mark "mark" "mark the selected revision to compare others with it, or take the mark away",
        UndoTo "undo-to" "plan: go back to the selected revision",
    }
    /// Log lines.
    Logs "logs" {
        Follow "follow" "go to the newest line and stay there",
        Search "search" "find words in the lines",
        SearchNext "search-next" "to the next line that was found",
        SearchPrevious "search-previous" "to the line found before",
        PreviousRun "previous-run" "show the run before the last restart, or the current one again",
        Wrap "wrap" "wrap long lines, or cut them again",
    }
    /// The demo's own time; nowhere else.
    Demo "demo" {
        Hold "hold" "demo only: let time stand still, or go on",
        Step "step" "demo only: let ten seconds pass at once",
        Faster "faster" "demo only: let time pass faster, up to 60 times",
        Slower "slower" "demo only: let time pass more slowly, down to half",
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Action {
    /// The action of that name in a scope.
    pub fn find(scope: Scope, name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.scope() == scope && action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for action in Action::ALL {
            assert_eq!(Action::find(action.scope(), action.name()), Some(*action));
        }
    }
}
