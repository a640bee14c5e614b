# What GitHub must be told for {{repository}}, once, by somebody who administers it. Read it, then run it step by step in the folder of this repository,
# with GitHub's own command line (https://cli.github.com). Step 8 checks rules, environments and the names of what they hold, workflows and
# who approves; whether a secret is the right one, the App and the key of step 1 nobody can look up: the first backup proves them.
{{host}}export GH_REPO={{repository}}
# What `tidemark` pushes and fetches with from here. A fine-grained token with Contents: read and write does as well.
export TIDEMARK_GIT_TOKEN=$(gh auth token)

# 1. Who approves, a key for GitHub Actions, and main.
#    Name at least two people for requests/ in .github/CODEOWNERS: nobody approves what they asked for themselves. Where you are alone, name yourself, write
#    `approvals: 0` under `policy:` in tidemark.yaml, remove .github/tidemark.md, and go on with what `tidemark init --github {{repository}}` says here now
#    (with --action and --github-api as you gave them): the same for one person.
#    `age-keygen` belongs to age (https://age-encryption.org). The public key goes to the end of the keys file of each site; look at it before you commit.
age-keygen -o ../tidemark-actions-key.txt
{{#sites}}
printf '    - name: GitHub Actions\n      kind: ci\n      age: %s\n' "$(age-keygen -y ../tidemark-actions-key.txt)" >> keys/{{site}}.yaml
{{/sites}}
git add --all && git commit -m "Tidemark on GitHub"
git -c credential.helper='!gh auth git-credential' push "https://{{web}}/$GH_REPO.git" main
#    GitHub made the branch that came first its default, and that was one of snapshots.
gh repo edit "$GH_REPO" --default-branch main
#    Back up once from here, so that the new key can read. This needs the credentials of each site.
{{#sites}}
tidemark backup --site {{site}}
{{/sites}}

# 2. An App of your own. It pushes snapshots, and it speaks on pull requests. Make it at
#      https://{{web}}/organizations/{{owner}}/settings/apps/new   (where {{owner}} is a person: https://{{web}}/settings/apps/new)
#    Webhook: not active. Permissions of the repository: Contents, Pull requests, Issues, Checks: read and write; Actions: read.
#    Make a private key on its page, install it on this repository only, and note its number (App ID).
APP_ID=
APP_KEY=../tidemark-app.private-key.pem

# 3. Two environments. Their secrets go to jobs that run from main, and to no other: who can push a branch cannot read them.
#    Repository secrets would go to every branch. Set no required reviewers here: jobs of the night and of every hour would wait for them.
#    Where GitHub refuses this, your plan has no environments: "Setting up" in .github/tidemark.md names what is left.
for environment in tidemark-plan tidemark-apply; do
  gh api --method PUT "repos/$GH_REPO/environments/$environment" --input - <<JSON
{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}
JSON
  gh api --method POST "repos/$GH_REPO/environments/$environment/deployment-branch-policies" -f name=main -f type=branch
done

# 4. Their secrets; `gh` asks for those that stand in no file. An account of its own for each environment is best.
for environment in tidemark-plan tidemark-apply; do
  gh variable set TIDEMARK_APP_ID --env "$environment" --body "$APP_ID"
  gh variable set TIDEMARK_TRUSTED_SIGNERS --env "$environment" --body "$(grep -o 'ssh-ed25519 [A-Za-z0-9+/=]*' allowed_signers)"
  gh secret set TIDEMARK_APP_PRIVATE_KEY --env "$environment" < "$APP_KEY"
  grep '^AGE-SECRET-KEY-' ../tidemark-actions-key.txt | gh secret set SOPS_AGE_KEY --env "$environment"
  gh secret set TIDEMARK_SIGNING_KEY --env "$environment" < "${TIDEMARK_SIGNING_KEY_FILE:-${XDG_CONFIG_HOME:-$HOME/.config}/tidemark/signing-key.pem}"
{{#sites}}
  gh secret set {{emailVariable}} --env "$environment"
  gh secret set {{tokenVariable}} --env "$environment"
{{/sites}}
done

# 5. main: changed by pull requests only, read by people who may approve.
gh api --method POST "repos/$GH_REPO/rulesets" --input - <<JSON
{
  "name": "Tidemark: main", "target": "branch", "enforcement": "active",
  "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
  "rules": [
    {"type": "deletion"},
    {"type": "non_fast_forward"},
    {"type": "pull_request", "parameters": {
      "required_approving_review_count": {{approvals}}, "require_code_owner_review": {{reviewed}}, "dismiss_stale_reviews_on_push": {{reviewed}},
      "require_last_push_approval": {{reviewed}}, "required_review_thread_resolution": false}},
    {"type": "required_status_checks", "parameters": {
      "strict_required_status_checks_policy": false, "required_status_checks": [{"context": "Tidemark check"}]}}
  ]
}
JSON

# 6. Snapshots and records: pushed by the App, and by administrators of the repository (5 is their role), who could switch this ruleset off anyway: from a clone
#    they apply in an emergency, resume, and begin a further site. What is pushed must be signed by a trusted key in any case. Both may also begin a branch
#    anew and remove one, which retention needs; nobody else may.
#    Where backups run on a machine of yours with a deploy key, add {"actor_id": null, "actor_type": "DeployKey", "bypass_mode": "always"} to the list of actors.
gh api --method POST "repos/$GH_REPO/rulesets" --input - <<JSON
{
  "name": "Tidemark: snapshots", "target": "branch", "enforcement": "active",
  "bypass_actors": [
    {"actor_id": $APP_ID, "actor_type": "Integration", "bypass_mode": "always"},
    {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
  ],
  "conditions": {"ref_name": {"include": ["refs/heads/sites/**/*", "refs/heads/tidemark/**/*"], "exclude": []}},
  "rules": [{"type": "creation"}, {"type": "update"}, {"type": "deletion"}, {"type": "non_fast_forward"}]
}
JSON

# 7. Actions: no right by default, and nothing that is not pinned to a commit. Where your organisation allows chosen actions only, it must allow
#    actions/checkout and the action of the workflows (`uses:` in .github/workflows).
gh api --method PUT "repos/$GH_REPO/actions/permissions/workflow" -f default_workflow_permissions=read -F can_approve_pull_request_reviews=false
gh api --method PUT "repos/$GH_REPO/actions/permissions" -F enabled=true -F sha_pinning_required=true

# 8. Look at it, run the first backup and watch it (it is listed after a few seconds), and once it is green take the keys off this machine.
TIDEMARK_GITHUB_TOKEN=$(gh auth token) tidemark doctor --github
gh workflow run tidemark-backup.yml
gh run watch --exit-status && rm ../tidemark-actions-key.txt "$APP_KEY"
