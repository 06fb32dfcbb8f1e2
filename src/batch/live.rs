//! A live line for each job that moves bytes, on a terminal only.

use std::collections::HashMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::Text;
use crate::{
    plan::JobId,
    run::{Event, EventKind, Observer, Run},
};

/// Bars below the lines of [`Text`].
pub struct LiveBars {
    bars: MultiProgress,
    jobs: HashMap<JobId, ProgressBar>,
    text: Text<AboveBars>,
}

/// Writes lines above the bars.
struct AboveBars(MultiProgress);

impl LiveBars {
    /// Draws on standard error.
    #[must_use]
    pub fn new(verbose: bool, colors: bool) -> Self {
        let bars = MultiProgress::new();
        Self {
            text: Text::new(AboveBars(bars.clone()), verbose, colors),
            bars,
            jobs: HashMap::new(),
        }
    }
}

impl std::io::Write for AboveBars {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\n');
        if !text.is_empty() {
            self.0.println(text)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Observer for LiveBars {
    fn observe(&mut self, event: &Event, run: &Run) {
        match &event.event {
            EventKind::Progress { jobs } => {
                for moved in jobs {
                    let bars = &self.bars;
                    let bar = self.jobs.entry(moved.job).or_insert_with(|| {
                        let name = run.plan().job(moved.job).map(|job| job.work.to_string());
                        bars.add(
                            ProgressBar::new(0)
                                .with_style(style())
                                .with_message(name.unwrap_or_default()),
                        )
                    });
                    bar.set_length(moved.total);
                    bar.set_position(moved.done);
                }
            }
            EventKind::JobFinished { job, .. } | EventKind::AttemptFailed { job, .. } => {
                if let Some(bar) = self.jobs.remove(job) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
        self.text.observe(event, run);
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(
        "{msg:40!} {bar:20} {binary_bytes:>10} of {binary_total_bytes:<10} {binary_bytes_per_sec}",
    )
    .expect("the template is well formed")
}
