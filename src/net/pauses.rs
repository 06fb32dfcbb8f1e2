//! Waits between two looks at what another process holds.

use std::time::Duration;

use super::patience::Random;

/// Ever longer waits. Up to as much is added to each at random, so that
/// processes that wait for the same do not all look at once.
#[derive(Debug)]
pub struct Pauses {
    next: Duration,
    longest: Duration,
    random: Random,
}

impl Pauses {
    /// Waits from `shortest` to `longest`.
    #[must_use]
    pub fn between(shortest: Duration, longest: Duration, random: Random) -> Self {
        Self { next: shortest, longest, random }
    }

    /// Waits for the next time.
    pub async fn pause(&mut self) {
        let wait = self.next + self.random.up_to(self.next);
        self.next = (self.next * 2).min(self.longest);
        tokio::time::sleep(wait).await;
    }
}
