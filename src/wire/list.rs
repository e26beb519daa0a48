//! A list, decoded item by item while its body streams in. It tells the end of a whole list from the end of a cut one.

use std::mem;

use bytes::{Buf, Bytes, BytesMut};

use crate::domain::{Kind, Object, Ref};

use super::{
    Bad, Door, Encoding, MAX_ITEM,
    envelope::{Field, MAGIC, TypeMeta},
    json::{Edge, Nesting},
    kinds::{Shape, parse},
    meta::message,
};

/// What a list says besides its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEnd {
    /// The version to watch from.
    pub resource_version: String,
    /// Where the next page begins; None on the last one.
    pub continue_token: Option<String>,
    /// How many items are left after this page, when the server counts them.
    pub remaining: Option<i64>,
    /// Items that did not decode; GET each as JSON.
    pub skipped: Vec<Ref>,
}

/// Decodes one list response.
#[derive(Debug)]
pub struct ListDecoder {
    shape: Shape,
    body: Body,
    end: ListEnd,
}

#[derive(Debug)]
enum Body {
    Protobuf(Protobuf),
    Json(Json),
}

/// What is cut out of a body, still encoded.
enum Part {
    Type(Bytes),
    Meta(Bytes),
    Item(Bytes),
}

impl ListDecoder {
    /// A decoder for the answer to a list of that kind; an error for a kind that is not read.
    pub fn new(kind: &Kind, encoding: Encoding) -> Result<Self, Bad> {
        let body = match encoding {
            Encoding::Protobuf => Body::Protobuf(Protobuf::default()),
            Encoding::Json => Body::Json(Json::default()),
        };
        Ok(Self { shape: Shape::of(kind)?, body, end: ListEnd::default() })
    }

    /// Takes the next bytes of the body; answers the items that are now complete. After an error the list is of no use.
    pub fn push(&mut self, chunk: &[u8], door: &mut Door) -> Result<Vec<Object>, Bad> {
        let (shape, end) = (self.shape, &mut self.end);
        let mut items = Vec::new();
        match &mut self.body {
            Body::Protobuf(body) => {
                body.buffer.extend_from_slice(chunk);
                while let Some(part) = body.next()? {
                    items.extend(end.take(shape, Encoding::Protobuf, part, door)?);
                }
            }
            Body::Json(body) => {
                for byte in chunk {
                    if let Some(item) = body.step(*byte)? {
                        items.extend(end.take(shape, Encoding::Json, Part::Item(item), door)?);
                    }
                }
            }
        }
        Ok(items)
    }

    /// The body has ended: what it said besides its items, or an error when it was cut. A list without a version is an
    /// error too: no watch could go on from it.
    pub fn finish(mut self, door: &mut Door) -> Result<ListEnd, Bad> {
        match self.body {
            Body::Protobuf(body) => body.finish()?,
            Body::Json(body) => {
                let shell = body.finish()?;
                for part in [Part::Type(shell.clone()), Part::Meta(shell)] {
                    self.end.take(self.shape, Encoding::Json, part, door)?;
                }
            }
        }
        if self.end.resource_version.is_empty() {
            return Err(Bad::malformed(&"the list has no version"));
        }
        Ok(self.end)
    }
}

message! {
    /// `metav1.ListMeta`.
    struct ListMeta {
        #[prost(bytes = "bytes", tag = "2")]
        resource_version: Bytes,
        #[prost(bytes = "bytes", tag = "3")]
        r#continue: Bytes,
        #[prost(int64, optional, tag = "4")]
        remaining_item_count: Option<i64>,
    }
}

message! {
    /// A list without its items, in JSON.
    struct Shell {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ListMeta>,
    }
}

impl ListEnd {
    /// Reads a part; answers the object if it is one.
    fn take(&mut self, shape: Shape, encoding: Encoding, part: Part, door: &mut Door) -> Result<Option<Object>, Bad> {
        let malformed = |error: String| Bad::malformed(&error);
        match part {
            Part::Type(body) => {
                let of: TypeMeta = parse(encoding, body).map_err(malformed)?;
                shape.expect(&of.kind, "List")?;
            }
            Part::Meta(body) => {
                let metadata: ListMeta = match encoding {
                    Encoding::Protobuf => parse(encoding, body).map_err(malformed)?,
                    Encoding::Json => parse::<Shell>(encoding, body).map_err(malformed)?.metadata.unwrap_or_default(),
                };
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                self.resource_version = text(&metadata.resource_version);
                self.continue_token = Some(text(&metadata.r#continue)).filter(|token| !token.is_empty());
                self.remaining = metadata.remaining_item_count;
            }
            Part::Item(body) => match shape.item(encoding, body, door)? {
                Ok(object) => return Ok(Some(object)),
                Err(at) => self.skipped.push(at),
            },
        }
        Ok(None)
    }
}

/// Cuts a protobuf list into parts: magic, then the fields of `runtime.Unknown`, whose `raw` holds the fields of the list.
#[derive(Debug, Default)]
struct Protobuf {
    buffer: BytesMut,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Magic,
    /// In the envelope, before the list.
    Before,
    /// In the list, with that many bytes of it to come.
    List(usize),
    /// In the envelope, behind the list: its last two fields may follow.
    Behind,
}

impl Protobuf {
    /// The next part; None while more bytes are needed.
    fn next(&mut self) -> Result<Option<Part>, Bad> {
        loop {
            match self.stage {
                Stage::Magic => {
                    let arrived = self.buffer.len().min(MAGIC.len());
                    if !self.buffer.iter().zip(MAGIC).all(|(got, wanted)| got == wanted) {
                        return Err(Bad::NotProtobuf);
                    }
                    if arrived < MAGIC.len() {
                        return Ok(None);
                    }
                    self.buffer.advance(arrived);
                    self.stage = Stage::Before;
                }
                Stage::List(0) => self.stage = Stage::Behind,
                Stage::Before | Stage::Behind => {
                    let Some(field) = Field::peek(&self.buffer)? else { return Ok(None) };
                    if field.number == 2 && field.delimited {
                        self.enter(field)?;
                        continue;
                    }
                    let Some(body) = self.cut(field)? else { return Ok(None) };
                    if field.number == 1 {
                        return Ok(Some(Part::Type(body)));
                    }
                }
                Stage::List(left) => {
                    let Some(field) = Field::peek(&self.buffer)? else { return Ok(None) };
                    let left = left.checked_sub(field.len()?);
                    let left = left.ok_or_else(|| Bad::malformed(&"an item reaches beyond its list"))?;
                    let Some(body) = self.cut(field)? else { return Ok(None) };
                    self.stage = Stage::List(left);
                    match field.number {
                        1 => return Ok(Some(Part::Meta(body))),
                        2 => return Ok(Some(Part::Item(body))),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Steps into the list.
    fn enter(&mut self, field: Field) -> Result<(), Bad> {
        if matches!(self.stage, Stage::Behind) {
            return Err(Bad::malformed(&"it holds two lists"));
        }
        self.buffer.advance(field.header);
        self.stage = Stage::List(field.value);
        Ok(())
    }

    /// The value of the field at the front, if all of it is here.
    fn cut(&mut self, field: Field) -> Result<Option<Bytes>, Bad> {
        let len = field.len()?;
        if self.buffer.len() < len {
            return Ok(None);
        }
        let mut body = self.buffer.split_to(len).freeze();
        body.advance(field.header);
        Ok(Some(body))
    }

    fn finish(self) -> Result<(), Bad> {
        let whole = matches!(self.stage, Stage::Behind | Stage::List(0)) && self.buffer.is_empty();
        if whole { Ok(()) } else { Err(Bad::Cut) }
    }
}

/// Cuts a JSON list into its items and the shell around them.
#[derive(Debug, Default)]
struct Json {
    nesting: Nesting,
    shell: Vec<u8>,
    item: Vec<u8>,
    in_items: bool,
}

/// How deep the array of items stands, counted with itself.
const ITEMS_DEPTH: usize = 2;

impl Json {
    /// Takes the next byte; answers an item when that byte ends one.
    fn step(&mut self, byte: u8) -> Result<Option<Bytes>, Bad> {
        let edge = self.nesting.step(byte);
        let depth = self.nesting.depth();
        if self.in_items && depth >= ITEMS_DEPTH {
            let item_ends = edge == Edge::Closes && depth == ITEMS_DEPTH;
            if depth > ITEMS_DEPTH || item_ends {
                self.item.push(byte);
            }
            if self.item.len() > MAX_ITEM {
                return Err(Bad::TooLarge);
            }
            return Ok(item_ends.then(|| mem::take(&mut self.item).into()));
        }
        self.in_items = edge == Edge::Opens && depth == ITEMS_DEPTH && byte == b'[' && ends_with_items(&self.shell);
        self.shell.push(byte);
        if self.shell.len() > MAX_ITEM { Err(Bad::TooLarge) } else { Ok(None) }
    }

    fn finish(self) -> Result<Bytes, Bad> {
        let whole = self.nesting.depth() == 0 && !self.shell.is_empty();
        if whole { Ok(self.shell.into()) } else { Err(Bad::Cut) }
    }
}

/// Whether what comes next is the value of the key `items`.
fn ends_with_items(shell: &[u8]) -> bool {
    let key = shell.trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end);
    key.is_some_and(|text| text.ends_with(b"\"items\""))
}
