//! What the selected cell has to tell: what happened to its jobs, what they
//! printed, and each failure in full.

use std::collections::HashMap;

use crate::{plan::JobId, tui::look::Role};

/// The log of the selected cell.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The lines, as wide as the panel.
    pub lines: Vec<(Role, String)>,
    /// Lines that lie below the view: 0 stays at the end while lines come.
    pub back: usize,
    /// Whether it has the screen for itself.
    pub is_alone: bool,
    /// Whether something was told since the lines were made.
    pub is_stale: bool,
    /// Whether something was printed since it was read.
    pub must_read: bool,
    /// What the jobs printed, by job and attempt.
    pub printed: HashMap<(JobId, u32), Vec<String>>,
    /// What the lines were made of: the jobs, and how wide they may be.
    pub(super) made_of: Option<(Vec<JobId>, usize)>,
    /// Whether what was printed is being read, and whether more came since.
    pub reading: LogReading,
}

/// Whether what the jobs printed is being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogReading {
    /// It is not.
    #[default]
    Idle,
    /// It is.
    Asked,
    /// It is, and must be again.
    AskedAgain,
}

impl Log {
    /// Whether the lines must be made anew for these jobs and this width.
    #[must_use]
    pub fn is_about(&self, jobs: &[JobId], columns: usize) -> bool {
        let made_of = self.made_of.as_ref();
        made_of.is_some_and(|(made, width)| made == jobs && *width == columns)
    }

    /// Forgets what another cell's jobs printed.
    pub fn keep_only(&mut self, jobs: &[JobId]) {
        self.printed.retain(|(job, _), _| jobs.contains(job));
    }

    /// Scrolls; positive is back.
    pub fn scroll(&mut self, lines: isize, height: usize) {
        let most = self.lines.len().saturating_sub(height);
        self.back = self.back.saturating_add_signed(lines).min(most);
    }

    /// The lines in a view of `height`.
    #[must_use]
    pub fn view(&self, height: usize) -> &[(Role, String)] {
        let end = self.lines.len() - self.back.min(self.lines.len().saturating_sub(height));
        &self.lines[end.saturating_sub(height)..end]
    }
}
