//! `[engine]` of one file: numbers, times and sizes, each with its unit.

use std::{str::FromStr, time::Duration};

use bytesize::ByteSize;
use jiff::SignedDuration;

use super::{EngineConfig, fields::Fields, problem::Problems};

/// `[engine]`.
#[derive(Clone, Copy, Default)]
pub(super) struct RawEngine {
    pub(super) jobs: Option<u32>,
    pub(super) prepare: Option<u32>,
    pub(super) attempts: Option<u32>,
    pub(super) delay: Option<Duration>,
    pub(super) max_delay: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) show_timeout: Option<Duration>,
    pub(super) build_timeout: Option<Duration>,
    pub(super) store_limit: Option<u64>,
    pub(super) inflate_limit: Option<u64>,
    pub(super) inflate_ratio: Option<u32>,
}

impl RawEngine {
    pub(super) fn read(mut fields: Fields<'_, '_>, problems: &mut Problems) -> Self {
        let duration = |fields: &mut Fields<'_, '_>, key, problems: &mut Problems| {
            fields.parse::<WaitTime>(key, problems).map(|found| found.value.0)
        };
        let size = |fields: &mut Fields<'_, '_>, key, problems: &mut Problems| {
            fields.parse::<Size>(key, problems).map(|found| found.value.0)
        };
        let engine = Self {
            jobs: fields.count("jobs", problems),
            prepare: fields.count("prepare", problems),
            attempts: fields.count("attempts", problems),
            delay: duration(&mut fields, "delay", problems),
            max_delay: duration(&mut fields, "max_delay", problems),
            connect_timeout: duration(&mut fields, "connect_timeout", problems),
            idle_timeout: duration(&mut fields, "idle_timeout", problems),
            show_timeout: duration(&mut fields, "show_timeout", problems),
            build_timeout: duration(&mut fields, "build_timeout", problems),
            store_limit: size(&mut fields, "store_limit", problems),
            inflate_limit: size(&mut fields, "inflate_limit", problems),
            inflate_ratio: fields.count("inflate_ratio", problems),
        };
        fields.finish(&[], problems);
        engine
    }

    /// What this says, and where it says nothing what `lower` says.
    pub(super) fn over(self, lower: Self) -> Self {
        Self {
            jobs: self.jobs.or(lower.jobs),
            prepare: self.prepare.or(lower.prepare),
            attempts: self.attempts.or(lower.attempts),
            delay: self.delay.or(lower.delay),
            max_delay: self.max_delay.or(lower.max_delay),
            connect_timeout: self.connect_timeout.or(lower.connect_timeout),
            idle_timeout: self.idle_timeout.or(lower.idle_timeout),
            show_timeout: self.show_timeout.or(lower.show_timeout),
            build_timeout: self.build_timeout.or(lower.build_timeout),
            store_limit: self.store_limit.or(lower.store_limit),
            inflate_limit: self.inflate_limit.or(lower.inflate_limit),
            inflate_ratio: self.inflate_ratio.or(lower.inflate_ratio),
        }
    }

    /// What the engine is told: the defaults where nothing is said.
    pub(super) fn resolve(self) -> EngineConfig {
        let default = EngineConfig::default();
        EngineConfig {
            jobs: self.jobs.unwrap_or(default.jobs),
            prepare: self.prepare.unwrap_or(default.prepare),
            attempts: self.attempts.unwrap_or(default.attempts),
            delay: self.delay.unwrap_or(default.delay),
            max_delay: self.max_delay.unwrap_or(default.max_delay),
            connect_timeout: self.connect_timeout.unwrap_or(default.connect_timeout),
            idle_timeout: self.idle_timeout.unwrap_or(default.idle_timeout),
            show_timeout: self.show_timeout.unwrap_or(default.show_timeout),
            build_timeout: self.build_timeout.unwrap_or(default.build_timeout),
            store_limit: self.store_limit.unwrap_or(default.store_limit),
            inflate_limit: self.inflate_limit.unwrap_or(default.inflate_limit),
            inflate_ratio: self.inflate_ratio.unwrap_or(default.inflate_ratio),
        }
    }
}

/// A time to wait, such as `1.5s` or `5m`.
struct WaitTime(Duration);

/// A number of bytes, such as `20GiB`.
struct Size(u64);

impl FromStr for WaitTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wait: Option<SignedDuration> = text.parse().ok();
        let wait = wait.filter(SignedDuration::is_positive).and_then(|wait| wait.try_into().ok());
        wait.map(Self).ok_or("write a time such as 30s or 5m")
    }
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size: Option<ByteSize> = text.parse().ok();
        size.map(|size| Self(size.as_u64())).ok_or("write a size such as 500MiB or 20GiB")
    }
}
