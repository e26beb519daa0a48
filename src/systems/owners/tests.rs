//! Others who write the same object, each by its marks.

use super::*;
