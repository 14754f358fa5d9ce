//! Transcripts that come as plain text, one speaker a line.

use vestibule_model::{Speaker, Turn};

/// Reads lines that begin with the agent's or the caller's mark; a line without either goes on with what was said
/// before it.
pub(crate) fn turns(text: &str, agent: &str, caller: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in text.lines() {
        let (role, said) = if let Some(said) = line.strip_prefix(agent) {
            (Speaker::Agent, said)
        } else if let Some(said) = line.strip_prefix(caller) {
            (Speaker::Caller, said)
        } else if let Some(turn) = turns.last_mut() {
            turn.text.push('\n');
            turn.text.push_str(line);
            continue;
        } else {
            (Speaker::System, line)
        };
        let text = said.trim().to_owned();
        turns.push(Turn { role, text, start_ms: None, end_ms: None, tool_name: None });
    }
    for turn in &mut turns {
        turn.text.truncate(turn.text.trim_end().len());
    }
    turns.retain(|turn| !turn.text.is_empty());
    turns
}
