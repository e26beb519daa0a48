//! Words: [`Name`] for identifiers the API server has validated, [`Text`] for anything people or programs wrote freely.
//!
//! Both are cheap to clone. Only [`Text::clean`] makes a `Text` from foreign bytes, and it takes the terminal's teeth out:
//! whatever is drawn, printed or logged later cannot hold a control character. Widths are the drawing's concern.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone)]
enum Repr {
    Fixed(&'static str),
    Shared(Arc<str>),
}

macro_rules! words {
    ($(#[$doc:meta])* $word:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $word(Repr);

        impl $word {
            /// A word known at compile time; takes no memory of its own.
            pub const fn fixed(word: &'static str) -> Self {
                Self(Repr::Fixed(word))
            }

            /// The word itself.
            pub fn as_str(&self) -> &str {
                match &self.0 {
                    Repr::Fixed(word) => word,
                    Repr::Shared(word) => word,
                }
            }
        }

        impl Deref for $word {
            type Target = str;
            fn deref(&self) -> &str {
                self.as_str()
            }
        }
        impl Borrow<str> for $word {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }
        impl AsRef<str> for $word {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        impl Default for $word {
            fn default() -> Self {
                Self::fixed("")
            }
        }
        impl PartialEq for $word {
            /// Words are shared far more often than they are merely equal: the address decides most comparisons.
            fn eq(&self, other: &Self) -> bool {
                std::ptr::eq(self.as_str(), other.as_str()) || self.as_str() == other.as_str()
            }
        }
        impl PartialEq<str> for $word {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }
        impl PartialEq<&str> for $word {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }
        impl Eq for $word {}
        impl PartialOrd for $word {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $word {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                if std::ptr::eq(self.as_str(), other.as_str()) {
                    return std::cmp::Ordering::Equal;
                }
                self.as_str().cmp(other.as_str())
            }
        }
        impl std::hash::Hash for $word {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }
        impl fmt::Display for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl fmt::Debug for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|word| Self::from(word.as_str()))
            }
        }
        impl From<String> for $word {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
            }
        }
    };
}

words!(
    /// An identifier: a name, a namespace, a label key or value, a reason. Compared and hashed as its text.
    Name
);
words!(
    /// Free text that is safe to show: no control, zero-width or bidirectional-override characters, one line.
    Text
);
words!(
    /// The `metadata.uid` of an object: two objects of one name in sequence differ in it.
    Uid
);

impl From<&str> for Name {
    fn from(word: &str) -> Self {
        Self(Repr::Shared(tame(word)))
    }
}

impl From<&str> for Uid {
    fn from(word: &str) -> Self {
        Self(Repr::Shared(tame(word)))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::clean(text)
    }
}

impl Text {
    /// Free text made harmless: line breaks and tabs become a space, every other character that could move the cursor,
    /// start an escape sequence or reorder what follows becomes U+FFFD.
    pub fn clean(text: &str) -> Self {
        Self(Repr::Shared(tame(text)))
    }

    /// Free text from bytes of any kind: invalid UTF-8 becomes U+FFFD (the API server stores such messages).
    pub fn lossy(bytes: &[u8]) -> Self {
        Self::clean(&String::from_utf8_lossy(bytes))
    }
}

fn tame(text: &str) -> Arc<str> {
    if !text.chars().any(is_wild) {
        return Arc::from(text);
    }
    let tamed: String = text
        .chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_wild(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    Arc::from(tamed.trim_end())
}

/// C0, DEL and C1 controls, zero-width characters, bidirectional controls and line separators.
fn is_wild(c: char) -> bool {
    // Noncharacters too: XML, and so a picture, cannot hold them.
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor() {
        let text = Text::clean("a\x1b[2Jb\u{9b}c\u{202e}d\te\nf");
        assert_eq!(text, "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d e f");
    }

    #[test]
    fn invalid_utf8_is_replaced_not_refused() {
        assert_eq!(Text::lossy(b"ok \xff\xfe"), "ok \u{fffd}\u{fffd}");
    }

    #[test]
    fn fixed_and_shared_are_equal() {
        assert_eq!(Name::fixed("web"), Name::from("web"));
    }
}
