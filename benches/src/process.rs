//! What a process uses, as `/proc` tells: memory and processor time.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Resident memory in kB.
pub fn resident_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}

struct Stat {
    name: String,
    parent: u32,
    cpu_ms: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (name, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let name = name.split_once('(')?.1.to_owned();
    // Linux counts in hundredths of a second here.
    Some(Stat { name, parent: u32::try_from(number(1)?).ok()?, cpu_ms: (number(11)? + number(12)?) * 10 })
}

/// Processor time of a process so far, in milliseconds.
pub fn cpu_ms(pid: u32) -> u64 {
    stat(pid).map_or(0, |stat| stat.cpu_ms)
}

fn all() -> impl Iterator<Item = (u32, Stat)> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        Some((pid, stat(pid)?))
    })
}

/// Processor time of a process and of its living children, in milliseconds.
pub fn family_cpu_ms(pid: u32) -> u64 {
    all().filter(|(one, stat)| *one == pid || stat.parent == pid).map(|(_, stat)| stat.cpu_ms).sum()
}

/// The processes that a process started, and those that they started: their numbers and names.
pub fn descendants(pid: u32) -> Vec<(u32, String)> {
    let all: Vec<(u32, Stat)> = all().collect();
    let mut parents = vec![pid];
    let mut found = Vec::new();
    while let Some(parent) = parents.pop() {
        for (child, stat) in all.iter().filter(|(_, stat)| stat.parent == parent) {
            parents.push(*child);
            found.push((*child, stat.name.clone()));
        }
    }
    found
}

/// Watches the resident memory of a process, ten times a second.
pub struct Watch {
    most_kb: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch.
    pub fn start(pid: u32) -> Self {
        let (most_kb, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (most, stopped) = (most_kb.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                most.fetch_max(resident_kb(pid).unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        Self { most_kb, stop, thread: Some(thread) }
    }

    /// Ends; the most that was seen, in kB.
    pub fn most_kb(mut self) -> u64 {
        self.end();
        self.most_kb.load(Ordering::Relaxed)
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}
