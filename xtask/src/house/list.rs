//! The house's own lists: `xtask/house/*.txt`, one entry a line, fields parted by `|`, the last one a reason.

use super::Finding;
use crate::tree::Tree;

/// One line of a list.
pub struct Entry {
    /// The fields, the reason last.
    pub fields: Vec<String>,
    /// The line in the file.
    pub line: usize,
}

/// Reads a list whose lines have `width` fields. Lines that have not, or no reason, are findings.
pub fn read(tree: &Tree, path: &str, width: usize, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let Some(text) = tree.text(path) else {
        findings.push(Finding::new(path, 1, "is missing: make it, empty if need be"));
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fields: Vec<String> = line.split('|').map(|field| field.trim().to_owned()).collect();
        if fields.len() == width && fields.iter().all(|field| !field.is_empty()) {
            entries.push(Entry { fields, line: index + 1 });
        } else {
            let message = format!("wants {width} fields parted by `|`, none empty, the last one the reason");
            findings.push(Finding::new(path, index + 1, &message));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::tree::Tree;

    #[test]
    fn a_line_without_a_reason_is_refused() {
        let mut tree = Tree::default();
        tree.put("list.txt", "# what\na | b\n\nc\n");
        let mut findings = Vec::new();
        let entries = read(&tree, "list.txt", 2, &mut findings);
        assert_eq!(entries.len(), 1);
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].to_string(),
            "list.txt:4: wants 2 fields parted by `|`, none empty, the last one the reason"
        );
    }
}
