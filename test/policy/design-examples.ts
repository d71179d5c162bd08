/** The policy files of the design, word for word: what was promised must load. */
export const DESIGN_EXAMPLES = [
  {
    path: 'policies/golden-images.yaml',
    text: `# policies/golden-images.yaml
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata:
  name: golden-images                 # kebab-case, unique over the whole set
spec:
  mode: sync                          # observe | create-only | upsert-only | sync — mandatory, no default
  interval: 15m                       # default 30m, ±10 % jitter; or schedule: {cron: "0 3 * * *", timeZone: Asia/Shanghai}
  suspend: false
  targets:
    - account: ims-north
      images: { name: "golden-*", visibility: private }   # glob; or ids: [...]; or tags: {stage: prod}
  tags:
    ensure:   { owner: platform, stage: prod, os: "{{ image.osType | lower }}" }
    default:  { cost-center: unassigned }                 # only when the key is absent
    rename:   [ { from: Owner, to: owner } ]              # value kept; new key first, old key last
    normalize: [ { key: stage, transforms: [trim, lower], map: { production: prod } } ]
    copyFrom: [ { image: "{{ image.sourceImageId }}", keys: [owner], overwrite: false } ]
    remove:   [ "tmp-*", "debug" ]                        # glob over keys; or {key: stage, value: test}
    require:  { owner: {}, stage: { oneOf: [dev, stage, prod] }, cost-center: { pattern: "[0-9]{4,6}" } }
  exclusive: false                    # true: delete every key no rule mentions (needs mode sync)
  protect: [ "_sys*" ]                # no operation ever touches these
  limits: { maxChanges: 500, maxDeletes: 50, maxDeletePercent: 30 }   # may only tighten the instance ceilings
`,
  },
  {
    path: 'policies/shop-channels.yaml',
    text: `# policies/shop-channels.yaml
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  interval: 10m
  targets:
    - account: swr-north
      repositories: [ "shop/*" ]
      exclude: [ "shop/sandbox-*" ]
  copies:                              # literal copies; what the SWR call does
    - { from: v1, to: v2, override: false }
  channels:                            # moving tags computed from what the registry really holds
    - tag: stable
      select: { semver: ">=1.0.0", prerelease: false }
      minAge: 48h
      backup: "stable-previous"
    - tag: "{{ major }}.{{ minor }}"   # one channel per distinct rendered name, newest candidate wins
      select: { semver: "*" }
    - tag: latest
      filter: { pattern: 'main-[0-9a-f]{7}-(?<ts>\\d+)', extract: ts }
      select: { numerical: highest }   # semver | numerical | alphabetical | newest: {by: updated}
  retain:                              # keep always beats delete; a tag no rule matches is kept
    - { name: releases, action: keep, semver: "*" }
    - { name: recent-ci, action: keep, pattern: "ci-.*", newest: 10, groupBy: "ci-(?<branch>.+)-[0-9]+" }
    - { name: old-ci, action: delete, pattern: "ci-.*", olderThan: 30d }
  protect: [ "v*", "prod-*" ]
`,
  },
] as const;
