//! On what was measured: a figure without its machine says nothing.

use crate::say::Outcome;
use serde::Serialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// The machine, and its disk.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Processors that this process may use.
    cores: usize,
    /// Their name.
    processor: String,
    /// Memory in MB.
    memory_mb: u64,
    /// The kernel's version.
    kernel: String,
    /// How long one durable write of 4 kB takes, in microseconds: the median.
    sync_p50_us: u64,
    /// The same: the slowest of a hundred.
    sync_p99_us: u64,
    /// Processes that wanted to run when the measurement began; over 1 means that others are at work.
    load_before: String,
}

fn first_value(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

impl Machine {
    /// Looks at the machine, and measures the disk under `place`.
    pub fn look(place: &Path) -> Outcome<Self> {
        let memory = first_value("/proc/meminfo", "MemTotal").unwrap_or_default();
        let memory_kb: u64 =
            memory.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let mut waits = durable_writes(place)?;
        waits.sort_unstable();
        let at = |hundredth: usize| waits.get(waits.len() * hundredth / 100).copied().unwrap_or_default();
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: first_value("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into()),
            memory_mb: memory_kb / 1024,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            sync_p50_us: at(50),
            sync_p99_us: at(99),
            load_before: load.split_whitespace().next().unwrap_or("?").to_owned(),
        })
    }

    /// One line.
    pub fn line(&self) -> String {
        format!(
            "machine: {} × {}, {} MB, Linux {}; a durable write of 4 kB takes {:.2} ms (p99 {:.2} ms); load before: {}",
            self.cores,
            self.processor,
            self.memory_mb,
            self.kernel,
            ms(self.sync_p50_us),
            ms(self.sync_p99_us),
            self.load_before
        )
    }
}

/// Microseconds as milliseconds.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}

fn durable_writes(place: &Path) -> Outcome<Vec<u64>> {
    let path = place.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut waits = Vec::with_capacity(300);
    for _ in 0..300 {
        file.write_all(&[7; 4096])?;
        let began = Instant::now();
        file.sync_data()?;
        waits.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    fs::remove_file(path)?;
    Ok(waits)
}
