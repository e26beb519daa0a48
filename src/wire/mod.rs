//! The slim types of built-in kinds, protobuf and JSON in one, and the decoders that turn bytes into domain objects.
#![deny(missing_docs)]
