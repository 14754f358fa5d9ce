//! What can be wrong with an archive, or with taking it in here.

use crate::{Error, Kind, Refusal};
use vestibule_store::StoreError;

/// What is wrong, with a stable code, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}{place}")]
pub struct Flaw {
    /// A stable code.
    pub code: &'static str,
    /// English.
    pub en: &'static str,
    /// French.
    pub fr: &'static str,
    /// Where, as ` (calls, line 7)`; empty where it is about the whole. Never a value of a row.
    pub place: String,
}

macro_rules! flaws {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $en:literal, $fr:literal;)+) => {
        impl Flaw {
            $($(#[$doc])* pub(crate) const fn $name() -> Self {
                Self { code: $code, en: $en, fr: $fr, place: String::new() }
            })+
        }
    };
}

flaws! {
    /// The file is something else.
    not_an_archive = "not_an_archive", "This file is not an archive of Vestibule.", "Ce fichier n’est pas une archive de Vestibule.";
    /// Another program made it, later.
    newer = "archive_newer", "A newer version made this archive: bring this server up to date first.", "Une version plus récente a fait cette archive : mettez d’abord ce serveur à jour.";
    /// Its form is older than this program reads.
    older = "archive_older", "This archive’s form is too old for this version: take it in with the version that made it, then bring that server up to date.", "La forme de cette archive est trop ancienne pour cette version : importez-la avec la version qui l’a faite, puis mettez ce serveur à jour.";
    /// It holds a file that no archive holds.
    unknown_entry = "unknown_entry", "The archive holds a file that does not belong into one.", "L’archive contient un fichier qui n’a pas sa place dans une archive.";
    /// It unpacks to far more than it is.
    bomb = "archive_bomb", "The archive unpacks to far more than it could hold.", "L’archive se décompresse en bien plus qu’elle ne peut contenir.";
    /// A line is longer than any row.
    long_line = "line_too_long", "A line is longer than any row can be.", "Une ligne est plus longue que n’importe quelle rangée.";
    /// A line is not a row.
    not_a_row = "not_a_row", "A line is not a row.", "Une ligne n’est pas une rangée.";
    /// A row has a column that its table does not have here.
    unknown_column = "unknown_column", "A row has a column that its table does not have.", "Une rangée a une colonne que sa table n’a pas.";
    /// A value is not what its column holds.
    bad_value = "bad_value", "A value is not of its column’s kind.", "Une valeur n’est pas du type de sa colonne.";
    /// The manifest names a table that does not exist.
    unknown_table = "unknown_table", "The archive names a table that does not exist here.", "L’archive nomme une table qui n’existe pas ici.";
    /// Fewer or more rows than the manifest says.
    counts_differ = "counts_differ", "A table has fewer or more rows than the manifest says.", "Une table a moins ou plus de rangées que le dit le manifeste.";
    /// The rows are not those that the manifest was made of.
    digest_differs = "digest_differs", "The rows are not those that the archive was made with.", "Les rangées ne sont pas celles avec lesquelles l’archive a été faite.";
    /// The sealed credentials are not those that the manifest was made of.
    secrets_differ = "secrets_differ", "The credentials are not those that the archive was made with.", "Les identifiants ne sont pas ceux avec lesquels l’archive a été faite.";
    /// Its credentials are sealed and no passphrase was given.
    passphrase_needed = "passphrase_needed", "This archive’s credentials are sealed: give its passphrase, or leave them out.", "Les identifiants de cette archive sont scellés : donnez sa phrase secrète, ou laissez-les de côté.";
    /// Another passphrase closed it.
    wrong_passphrase = "wrong_passphrase", "This is not the archive’s passphrase.", "Ce n’est pas la phrase secrète de l’archive.";
    /// Two rows contradict each other, or one points at a row that is not there.
    rows_conflict = "rows_conflict", "A row stands twice, or points at one that is not in the archive.", "Une rangée figure deux fois, ou en désigne une qui n’est pas dans l’archive.";
    /// A row is about a connection that is not the tenant's.
    foreign_row = "foreign_row", "A row is about a connection that is not in the archive.", "Une rangée concerne une connexion qui n’est pas dans l’archive.";
    /// The tenant is here.
    tenant_exists = "tenant_exists", "This tenant is on this server already; one that was deleted must be erased first.", "Ce client est déjà sur ce serveur ; s’il a été supprimé, il faut d’abord l’effacer.";
    /// Its slug is taken.
    slug_taken = "slug_taken", "Another tenant has this slug: give another with --as-slug.", "Un autre client a ce nom court : donnez-en un autre avec --as-slug.";
    /// Its number is taken.
    number_taken = "number_taken", "Another tenant has this tenant’s number.", "Un autre client a le numéro de ce client.";
    /// Its reference is taken.
    ref_taken = "ref_taken", "Another tenant has this tenant’s external reference.", "Un autre client a la référence externe de ce client.";
    /// A connection of it is here.
    connection_exists = "connection_exists", "A connection or key of this tenant is on this server already.", "Une connexion ou une clé de ce client est déjà sur ce serveur.";
    /// A number or agent of it is bound here.
    resource_taken = "resource_taken", "A number or agent of this tenant belongs to another one here, or did less than 30 days ago.", "Un numéro ou un agent de ce client appartient à un autre ici, ou lui appartenait il y a moins de 30 jours.";
    /// The file cannot be read or written.
    unreadable = "unreadable", "The file cannot be read or written.", "Le fichier ne peut être ni lu ni écrit.";
    /// Whoever was to take the rows has stopped.
    stopped = "stopped", "It was stopped.", "L’opération a été interrompue.";
}

impl Flaw {
    /// Says in which table, and on which line.
    pub(crate) fn at(mut self, table: &str, line: u64) -> Self {
        self.place = if line == 0 { format!(" ({table})") } else { format!(" ({table}, line {line})") };
        self
    }

    /// Says why the system does not give or take the file.
    pub(crate) fn because(mut self, why: &impl std::fmt::Display) -> Self {
        self.place = format!(" ({why})");
        self
    }
}

/// Why an archive was not made or not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Something about the archive.
    #[error("{0}")]
    Flaw(#[from] Flaw),
    /// Something about this house.
    #[error("{0}")]
    House(#[from] Error),
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        Self::House(error.into())
    }
}

impl From<Refusal> for ArchiveError {
    fn from(refusal: Refusal) -> Self {
        Self::House(refusal.into())
    }
}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::House(error) => error,
            ArchiveError::Flaw(flaw) => Refusal::new(Kind::Invalid, flaw.code, flaw.en, flaw.fr).into(),
        }
    }
}
