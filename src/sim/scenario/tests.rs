use super::*;
use crate::{
    domain::Moment,
    sim::{Around as _, Story},
};

const OPENS: Moment = Moment::from_secs(1_800_000_000);

#[test]
fn every_story_is_told_for_twenty_minutes_without_trouble() {
    for name in Scenario::names() {
        let scenario = Scenario::named(name).unwrap();
        assert!(scenario.see.ends_with('.') && scenario.see.len() < 180, "{name}: one sentence");
        let (mut world, mut story) = Story::begin(scenario, 1, OPENS);
        story.run_to(&mut world, OPENS.shifted(20 * 60_000));
        assert_eq!((world.trouble(), story.refused()), (None, None), "{name}");
    }
}
