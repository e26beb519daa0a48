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

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

/// Sends everything; how many samples that were.
pub(crate) fn send(url: &str, db: &Tsdb) -> usize {
    let all: Vec<TimeSeries> = db.select(&[]).into_iter().map(told).collect();
    for batch in all.chunks(100) {
        post(url, &snappy(&WriteRequest { timeseries: batch.to_vec() }.encode_to_vec()));
    }
    all.iter().map(|series| series.samples.len()).sum()
}

fn told(series: &Series) -> TimeSeries {
    let label = |(name, value): (&str, &str)| Label { name: name.into(), value: value.into() };
    let sample = |(timestamp, value): (i64, f64)| Sample { value, timestamp };
    TimeSeries {
        labels: series.labels().iter().map(label).collect(),
        samples: series.samples(0, i64::MAX).into_iter().map(sample).collect(),
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
