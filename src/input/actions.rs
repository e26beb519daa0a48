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
        Sources "sources" "show what is read from the cluster, how fresh it is and what is refused",
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
        Older "older" "unfold or fold the older versions",
        Timeline "timeline" "give the timeline the whole screen",
        Tellers "tellers" "show all of the timeline, only warnings, only events, or only changes",
        Next "next" "the next rollout of the board",
        Previous "previous" "the previous rollout of the board",
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
