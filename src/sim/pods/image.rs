//! Identities of images and containers: they look like real ones and mean nothing.

use crate::sim::objects::luck::Luck;

/// The digest under which a node knows an image: the same for the same image.
pub(super) fn image_id(image: &str) -> String {
    let seed = image.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    format!("{name}@sha256:{}", digest(&mut Luck::new(seed)))
}

/// How large an image is, in bytes: the same for the same image.
pub(super) fn image_size(image: &str) -> u64 {
    let seed = image.bytes().fold(3_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(u64::from(byte)));
    Luck::new(seed).between(24_000_000, 180_000_000)
}

/// The id of a container that is started.
pub(super) fn container_id(luck: &mut Luck) -> String {
    format!("containerd://{}", digest(luck))
}

fn digest(luck: &mut Luck) -> String {
    let [a, b, c, d] = [(); 4].map(|()| luck.bits());
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}
