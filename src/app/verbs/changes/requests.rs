//! What a command line says of a change, as a request.

use crate::{
    app::ops::changes::{
        ChangeRequest,
        choose::{CollectionRequest, TagOrder},
        copy::CopyRequest,
        remove::RemovalRequest,
        sign::SigningRequest,
        signer::SignerChoice,
    },
    cli::{CopyArgs, GcArgs, RmArgs, SignArgs, Sort, UpkeepVerb},
};

impl From<UpkeepVerb> for ChangeRequest {
    fn from(verb: UpkeepVerb) -> Self {
        match verb {
            UpkeepVerb::Copy(args) => Self::Copy(args.into()),
            UpkeepVerb::Rm(args) => Self::Remove(args.into()),
            UpkeepVerb::Gc(args) => Self::Collect(args.into()),
            UpkeepVerb::Sign(args) => Self::Sign((&args).into()),
        }
    }
}

impl From<CopyArgs> for CopyRequest {
    fn from(args: CopyArgs) -> Self {
        let CopyArgs { from, to, kind, platform, no_clobber, trust, dry_run: _ } = args;
        let (kind, trust) = (kind.map(Into::into), (&trust).into());
        Self { from, to, kind, platform, no_clobber, trust }
    }
}

impl From<RmArgs> for RemovalRequest {
    fn from(args: RmArgs) -> Self {
        let RmArgs { references, tag, kind, with_siblings, trust, dry_run: _ } = args;
        let (kind, trust) = (kind.map(Into::into), (&trust).into());
        Self { references, tag, kind, with_siblings, trust }
    }
}

impl From<GcArgs> for CollectionRequest {
    fn from(args: GcArgs) -> Self {
        Self {
            url: args.url,
            tag: args.tag,
            keep: args.keep,
            matching: args.matching,
            kind: args.kind.map(Into::into),
            sort: args.sort.into(),
            protect: args.protect,
            only_development: args.only_development,
            grace: args.grace,
            trust: (&args.trust).into(),
        }
    }
}

impl From<&SignArgs> for SigningRequest {
    fn from(args: &SignArgs) -> Self {
        Self {
            references: args.references.clone(),
            tag: args.tag.clone(),
            platforms: args.platforms,
            signer: args.into(),
            trust: (&args.trust).into(),
        }
    }
}

impl From<&SignArgs> for SignerChoice {
    fn from(args: &SignArgs) -> Self {
        let args = args.clone();
        Self {
            signer: args.signer,
            key: args.key,
            notary_server: args.server,
            trust_dir: args.trust_dir,
            role: args.role,
            platforms: args.platforms,
            with: args.file.with.map(Into::into),
            certificate: args.file.certificate,
            chain: args.file.chain,
            attached: args.file.attached,
        }
    }
}

impl From<Sort> for TagOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Version => Self::Version,
            Sort::Date => Self::Date,
            Sort::Stored => Self::Stored,
        }
    }
}
