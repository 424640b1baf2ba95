//! The words of the beacon.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum BeaconPart {
    /// The public keys pages report with.
    #[command(after_help = "Example:\n  opsctl beacon keys --tenant acme")]
    Keys {
        /// Slug or id.
        #[arg(long)]
        tenant: Option<String>,
    },
    /// The lines that put the beacon into a page of a customer.
    #[command(after_help = "Example:\n  opsctl beacon snippet --tenant acme")]
    Snippet {
        /// Slug or id.
        #[arg(long)]
        tenant: String,
    },
}
