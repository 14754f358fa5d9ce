//! Passwords that people can read aloud: three words and four digits, drawn from the world's entropy.

use vestibule_model::World;

// 128 words: seven bits each.
const WORDS: [&str; 128] = [
    "acorn", "amber", "anchor", "apple", "arrow", "aspen", "autumn", "badger", "balsam", "barley", "basil",
    "beacon", "beaver", "birch", "bramble", "breeze", "bridge", "brook", "butter", "cabin", "candle",
    "canoe", "canyon", "caribou", "carrot", "cedar", "cherry", "cinder", "clover", "cobalt", "comet",
    "copper", "coral", "cotton", "cricket", "crystal", "daisy", "dapple", "delta", "denim", "dolphin",
    "dragon", "drizzle", "eagle", "ember", "fable", "falcon", "feather", "fennel", "fiddle", "finch",
    "flannel", "forest", "fossil", "galaxy", "garden", "ginger", "glacier", "granite", "gravel", "harbour",
    "hazel", "heron", "hickory", "honey", "igloo", "indigo", "island", "ivory", "jasmine", "juniper",
    "kayak", "kettle", "lagoon", "lantern", "laurel", "lemon", "lichen", "lilac", "linen", "lobster",
    "magnet", "mango", "maple", "marble", "meadow", "mitten", "moose", "mosaic", "nectar", "nickel",
    "nutmeg", "oasis", "olive", "opal", "orchid", "otter", "paddle", "paprika", "pebble", "pepper", "pigeon",
    "pine", "planet", "plover", "poplar", "prairie", "pumpkin", "quartz", "quiver", "rabbit", "raven",
    "ribbon", "river", "saddle", "saffron", "salmon", "sparrow", "spruce", "sunset", "thistle", "timber",
    "tulip", "tundra", "velvet", "walnut", "willow", "winter",
];

/// A new password.
pub fn generate(world: &World) -> String {
    let [a, b, c, high, low] = world.random::<5>();
    let word = |byte: u8| WORDS.get(usize::from(byte % 128)).copied().unwrap_or("maple");
    let number = 1000 + u32::from(u16::from_be_bytes([high, low])) % 9000;
    format!("{}-{}-{}-{number}", word(a), word(b), word(c))
}
