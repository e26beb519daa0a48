//! Prometheus' remote write, version 1: protobuf in a snappy block, which here compresses nothing.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use prost::Message;
use rolldeck::sim::prom::{Series, Tsdb};

#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

/// A series, of numbers or of native histograms.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) histograms: Vec<Histogram>,
}

/// A label of a series.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Label {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// A number at a moment, in milliseconds.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Sample {
    #[prost(double, tag = "1")]
    pub(crate) value: f64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
}

/// A native histogram; its buckets are told as differences from one to the next.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Histogram {
    #[prost(uint64, tag = "1")]
    pub(crate) count: u64,
    #[prost(double, tag = "3")]
    pub(crate) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(crate) schema: i32,
    #[prost(double, tag = "5")]
    pub(crate) zero_threshold: f64,
    #[prost(message, repeated, tag = "11")]
    pub(crate) spans: Vec<Span>,
    #[prost(sint64, repeated, tag = "12")]
    pub(crate) deltas: Vec<i64>,
    #[prost(int64, tag = "15")]
    pub(crate) timestamp: i64,
}

/// Buckets that follow each other, so far from those before.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Span {
    #[prost(sint32, tag = "1")]
    pub(crate) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(crate) length: u32,
}

/// Sends series.
pub(crate) fn send_all(url: &str, all: &[TimeSeries]) {
    for batch in all.chunks(100) {
        post(url, &snappy(&WriteRequest { timeseries: batch.to_vec() }.encode_to_vec()));
    }
}

/// Sends everything; how many samples that were.
pub(crate) fn send(url: &str, db: &Tsdb) -> usize {
    let all: Vec<TimeSeries> = db.select(&[]).into_iter().map(told).collect();
    send_all(url, &all);
    all.iter().map(|series| series.samples.len()).sum()
}

fn told(series: &Series) -> TimeSeries {
    let label = |(name, value): (&str, &str)| Label { name: name.into(), value: value.into() };
    let sample = |(timestamp, value): (i64, f64)| Sample { value, timestamp };
    TimeSeries {
        labels: series.labels().iter().map(label).collect(),
        samples: series.samples(0, i64::MAX).into_iter().map(sample).collect(),
        histograms: Vec::new(),
    }
}

/// The length, then literals of up to 65,536 bytes each.
fn snappy(data: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    prost::encoding::encode_varint(u64::try_from(data.len()).unwrap(), &mut block);
    for literal in data.chunks(65_536) {
        block.push(61 << 2);
        block.extend(u16::try_from(literal.len() - 1).unwrap().to_le_bytes());
        block.extend(literal);
    }
    block
}

fn post(url: &str, body: &[u8]) {
    let mut curl = Command::new("curl")
        .args(["-sS", "--fail-with-body", "-X", "POST", "--data-binary", "@-"])
        .args(["-H", "Content-Encoding: snappy", "-H", "Content-Type: application/x-protobuf"])
        .args(["-H", "X-Prometheus-Remote-Write-Version: 0.1.0", &format!("{url}/api/v1/write")])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    curl.stdin.take().unwrap().write_all(body).unwrap();
    assert!(curl.wait().unwrap().success(), "remote write was refused");
}
