//! The five businesses of the demo: data.

/// What a business does; decides its scripts and when people ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// Heating and air conditioning.
    Heating,
    /// Plumbing.
    Plumbing,
    /// A dental clinic.
    Dental,
    /// A hair salon.
    Hair,
    /// A garage.
    Garage,
}

/// The language of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, as in Ontario and Québec.
    English,
    /// French, as in Québec.
    French,
}

/// How a business has named the fields of its call analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStyle {
    /// `customer_name`.
    SnakeEnglish,
    /// `customerName`.
    CamelEnglish,
    /// `nom_client`.
    SnakeFrench,
    /// `nomClient`.
    CamelFrench,
}

/// A business of the demo.
#[derive(Debug)]
pub struct Business {
    /// Its name in addresses.
    pub slug: &'static str,
    /// Its name.
    pub company: &'static str,
    /// The id it had in another system.
    pub external_ref: Option<&'static str>,
    /// What it does.
    pub trade: Trade,
    /// What it does, in its own words.
    pub industry: &'static str,
    /// The plan's tier.
    pub plan: &'static str,
    /// Whether it tries the platform out.
    pub is_on_trial: bool,
    /// Whether the demo's agency holds it.
    pub is_of_agency: bool,
    /// `en` or `fr`.
    pub locale: &'static str,
    /// Of a hundred callers, how many speak French.
    pub french_percent: u32,
    /// The owner.
    pub owner: (&'static str, &'static str),
    /// Whom callers ask for.
    pub boss: &'static str,
    /// The receptionist's name.
    pub agent: &'static str,
    /// Its number.
    pub line: &'static str,
    /// Where calls are forwarded to.
    pub forward_to: &'static str,
    /// Where its callers' numbers are from; ninety callers each.
    pub area_codes: &'static [&'static str],
    /// Where its callers live.
    pub cities: &'static [&'static str],
    /// Its address, in English and French.
    pub shop: (&'static str, &'static str),
    /// Its hours, in English and French.
    pub hours: (&'static str, &'static str),
    /// How its analysis fields are named.
    pub keys: KeyStyle,
    /// How many calls it had in 90 days.
    pub calls: u32,
    /// Whether its endpoint also hears of beginnings and changes.
    pub hears_all: bool,
}

/// The businesses; requirement 1.40's is the first.
pub const BUSINESSES: &[Business] = &[
    Business {
        slug: "demo-hvac",
        company: "Demo HVAC",
        external_ref: Some("tenant-demo-001"),
        trade: Trade::Heating,
        industry: "HVAC",
        plan: "professional",
        is_on_trial: false,
        is_of_agency: false,
        locale: "en",
        french_percent: 15,
        owner: ("Dana Whitfield", "owner@demohvac.com"),
        boss: "Dana",
        agent: "Claire",
        line: "+16135550100",
        forward_to: "+16135550101",
        area_codes: &["613", "343", "819"],
        cities: &["Ottawa", "Kanata", "Orléans", "Nepean", "Gatineau", "Rockland"],
        shop: ("1180 Star Top Road, Ottawa", "1180, chemin Star Top, Ottawa"),
        hours: (
            "Monday to Friday, eight to six, and Saturday until one",
            "du lundi au vendredi de 8 h à 18 h, et le samedi jusqu'à 13 h",
        ),
        keys: KeyStyle::SnakeEnglish,
        calls: 540,
        hears_all: false,
    },
    Business {
        slug: "plomberie-tremblay",
        company: "Plomberie Tremblay & Fils",
        external_ref: None,
        trade: Trade::Plumbing,
        industry: "Plomberie",
        plan: "starter",
        is_on_trial: false,
        is_of_agency: true,
        locale: "fr",
        french_percent: 92,
        owner: ("Réjean Tremblay", "rejean@plomberie-tremblay.example"),
        boss: "Réjean",
        agent: "Simone",
        line: "+18195550102",
        forward_to: "+18195550103",
        area_codes: &["819", "873", "418"],
        cities: &["Trois-Rivières", "Bécancour", "Shawinigan", "Nicolet", "Louiseville"],
        shop: ("840 rue Notre-Dame, Trois-Rivières", "840, rue Notre-Dame, Trois-Rivières"),
        hours: (
            "Monday to Friday, seven to five, with emergency service day and night",
            "du lundi au vendredi de 7 h à 17 h, avec un service d'urgence jour et nuit",
        ),
        keys: KeyStyle::SnakeFrench,
        calls: 420,
        hears_all: true,
    },
    Business {
        slug: "clinique-dentaire-plateau",
        company: "Clinique dentaire du Plateau",
        external_ref: None,
        trade: Trade::Dental,
        industry: "Soins dentaires",
        plan: "premium",
        is_on_trial: false,
        is_of_agency: false,
        locale: "fr",
        french_percent: 82,
        owner: ("Dre Mireille Bélanger", "mireille@dentaireplateau.example"),
        boss: "Nathalie",
        agent: "Béatrice",
        line: "+15145550104",
        forward_to: "+15145550105",
        area_codes: &["514", "438", "450"],
        cities: &["Montréal", "Outremont", "Rosemont", "Verdun", "Longueuil", "Laval"],
        shop: ("4455 Saint-Denis Street, Montréal", "4455, rue Saint-Denis, Montréal"),
        hours: (
            "Monday to Thursday, eight to seven, and Friday until four",
            "du lundi au jeudi de 8 h à 19 h, et le vendredi jusqu'à 16 h",
        ),
        keys: KeyStyle::CamelFrench,
        calls: 460,
        hears_all: false,
    },
    Business {
        slug: "salon-elegance",
        company: "Salon Élégance",
        external_ref: None,
        trade: Trade::Hair,
        industry: "Coiffure",
        plan: "starter",
        is_on_trial: true,
        is_of_agency: true,
        locale: "fr",
        french_percent: 58,
        owner: ("Valérie Nguyen", "valerie@salonelegance.example"),
        boss: "Valérie",
        agent: "Chloé",
        line: "+15145550106",
        forward_to: "+15145550107",
        area_codes: &["514", "438", "579"],
        cities: &["Montréal", "Westmount", "Côte-Saint-Luc", "Lachine", "Dorval"],
        shop: ("5270 Sherbrooke Street West, Montréal", "5270, rue Sherbrooke Ouest, Montréal"),
        hours: (
            "Tuesday to Saturday, nine to six, and Thursday until nine",
            "du mardi au samedi de 9 h à 18 h, et le jeudi jusqu'à 21 h",
        ),
        keys: KeyStyle::SnakeFrench,
        calls: 340,
        hears_all: false,
    },
    Business {
        slug: "lakeshore-auto",
        company: "Lakeshore Auto Garage",
        external_ref: None,
        trade: Trade::Garage,
        industry: "Auto repair",
        plan: "enterprise",
        is_on_trial: false,
        is_of_agency: false,
        locale: "en",
        french_percent: 8,
        owner: ("Greg Kowalski", "greg@lakeshoreauto.example"),
        boss: "Greg",
        agent: "Paige",
        line: "+19055550108",
        forward_to: "+19055550109",
        area_codes: &["905", "289", "416", "647"],
        cities: &["Mississauga", "Oakville", "Etobicoke", "Burlington", "Port Credit"],
        shop: ("215 Lakeshore Road East, Mississauga", "215, chemin Lakeshore Est, Mississauga"),
        hours: (
            "Monday to Friday, seven-thirty to six, and Saturday until two",
            "du lundi au vendredi de 7 h 30 à 18 h, et le samedi jusqu'à 14 h",
        ),
        keys: KeyStyle::CamelEnglish,
        calls: 300,
        hears_all: false,
    },
];
