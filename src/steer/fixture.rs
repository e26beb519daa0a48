//! Objects and deeds for the tests of this room.
