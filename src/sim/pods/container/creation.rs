//! What comes before a container starts: its volumes, its image, its configuration, and what goes wrong with them.

use super::{
    super::{
        behaviour::{Behaviour, Span},
        image::image_size,
        tell,
    },
    Container, PERIOD_MS, Scene, Step,
};
use crate::{domain::Moment, sim::objects::json::text};

impl Container {
    pub(super) fn mount(&mut self, scene: &mut Scene<'_>, now: Moment) {
        let message = "MountVolume.SetUp failed for volume \"settings\" : configmap \"web-settings\" not found";
        tell(scene.world, scene.pod, "", ("Warning", "FailedMount"), message);
        // Volumes are tried again after 0.5 s, twice as long each time, up to 2 min 2 s.
        let wait = (500_i64 << self.failures.min(10)).min(122_000);
        self.failures += 1;
        self.later(now, wait, Step::Mount);
    }

    pub(super) fn pull(&mut self, scene: &mut Scene<'_>, now: Moment) {
        let image = &self.image;
        if self.manner.does == Behaviour::BadName {
            let message = bad_name(image);
            self.tell(scene, ("Warning", "InspectFailed"), &message);
            self.tell(scene, ("Warning", "Failed"), "Error: InvalidImageName");
            return self.wait("InvalidImageName", message);
        }
        let node = text(scene.pod, "/spec/nodeName").to_owned();
        let here = scene.world.kubelet.images.contains(&(node, image.clone()));
        if here && !self.pull_always {
            self.tell_present(scene);
            return self.create(scene, now);
        }
        let message = format!("Pulling image {image:?}");
        self.tell(scene, ("Normal", "Pulling"), &message);
        let took = Span::Pull.draw(&mut scene.world.luck);
        self.later(now, took, Step::Pulled(took));
    }

    pub(super) fn tell_present(&self, scene: &mut Scene<'_>) {
        let message =
            format!("Container image {:?} already present on machine and can be accessed by the pod", self.image);
        self.tell(scene, ("Normal", "Pulled"), &message);
    }

    pub(super) fn pulled(&mut self, scene: &mut Scene<'_>, now: Moment, took: i64) {
        let image = self.image.clone();
        if self.manner.does == Behaviour::Bad {
            let why = not_found(&image);
            self.tell(scene, ("Warning", "Failed"), &format!("Failed to pull image {image:?}: {why}"));
            self.tell(scene, ("Warning", "Failed"), "Error: ErrImagePull");
            self.wait("ErrImagePull", why);
            self.retry = Moment(now.0 + self.back_off_s(0) * 1_000);
            self.failures += 1;
            let look = Span::Look.draw(&mut scene.world.luck);
            return self.later(now, look, Step::HoldPull);
        }
        let node = text(scene.pod, "/spec/nodeName").to_owned();
        scene.world.kubelet.images.insert((node, image.clone()));
        let took = format!("{took}ms ({took}ms including waiting)");
        let message =
            format!("Successfully pulled image {image:?} in {took}. Image size: {} bytes.", image_size(&image));
        self.tell(scene, ("Normal", "Pulled"), &message);
        self.create(scene, now);
    }

    pub(super) fn hold_pull(&mut self, scene: &mut Scene<'_>) {
        let image = self.image.clone();
        self.tell(scene, ("Normal", "BackOff"), &format!("Back-off pulling image {image:?}"));
        self.tell(scene, ("Warning", "Failed"), "Error: ImagePullBackOff");
        self.wait("ImagePullBackOff", format!("Back-off pulling image {image:?}: ErrImagePull: {}", not_found(&image)));
        self.next = Some((self.retry, Step::Pull));
    }

    pub(super) fn create(&mut self, scene: &mut Scene<'_>, now: Moment) {
        if self.manner.does == Behaviour::Config {
            return self.refuse(scene, now);
        }
        // A slow one without a probe shows its slowness before it runs: once it runs it counts as ready.
        let slow = self.manner.slow && self.probe_ms.is_none();
        let wait = if slow { Span::SlowReady } else { Span::Create }.draw(&mut scene.world.luck);
        self.later(now, wait, Step::Start);
    }

    pub(super) fn refuse(&mut self, scene: &mut Scene<'_>, now: Moment) {
        let why = "configmap \"web-config\" not found";
        self.tell(scene, ("Warning", "Failed"), &format!("Error: {why}"));
        self.wait("CreateContainerConfigError", why.to_owned());
        self.later(now, PERIOD_MS, Step::Refuse);
    }
}

fn not_found(image: &str) -> String {
    let resolve = format!("failed to resolve reference {image:?}: {image}: not found");
    format!("rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: {resolve}")
}

fn bad_name(image: &str) -> String {
    format!(
        "Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: invalid reference format"
    )
}
