"""Releases at GitHub: drafts that only they see who may write, files, and their download once a release is published."""

ROOT = "/repos/{owner}/{repo}/releases"


class Releases:
    """Those of one repository. `url` is where GitHub is reached."""

    def __init__(self, repository, url, example, new):
        self.repository, self.url, self.example, self.new = repository, url, example, new
        self.all = {}
        self.files = {}
        # Ids of what nobody but a writer ever saw whole.
        self.shown = []

    def operate(self, method, template, at, query, permissions, body):
        absent = 404, {"message": "Not Found", "status": "404"}
        writes = permissions.get("contents") == "write"
        if method != "GET" and not writes:
            return 403, {"message": "Resource not accessible by integration", "status": "403"}
        if template == ROOT and method == "GET":
            seen = [it for it in self.all.values() if writes or not it["draft"]]
            size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
            return 200, seen[(page - 1) * size : page * size]
        if template == f"{ROOT}/tags/{{tag}}":
            # A draft is not found by its tag.
            found = [it for it in self.all.values() if it["tag_name"] == at["tag"] and not it["draft"]]
            return (200, found[0]) if found else absent
        if template == ROOT:
            number = self.new()
            release = self.example("post", template, "201")
            upload = f"{self.url}/repos/{self.repository}/releases/{number}/assets{{?name,label}}"
            release.update(id=number, upload_url=upload, assets=[], **body)
            release["html_url"] = f"https://github.com/{self.repository}/releases/tag/{body['tag_name']}"
            self.all[number], self.files[number] = release, {}
            return 201, release
        number = int(at["release_id"])
        release = self.all.get(number)
        if release is None:
            return absent
        if template.endswith("/assets"):
            if query["name"] in self.files[number]:
                return 422, {"message": "Validation Failed", "documentation_url": "", "errors": []}
            self.files[number][query["name"]] = body
            asset = self.example("post", template, "201")
            asset.update(id=self.new(), name=query["name"], size=len(body), state="uploaded")
            release["assets"].append(asset)
            return 201, asset
        if method == "DELETE":
            del self.all[number], self.files[number]
            return 204, None
        if release["draft"] and body.get("draft") is False:
            self.shown.append((release["tag_name"], sorted(self.files[number])))
        release.update(body)
        return 200, release

    def download(self, path):
        """What anybody gets at `/OWNER/NAME/releases/download/TAG/FILE`; None if there is nothing."""
        _, _, rest = path.partition(f"/{self.repository}/releases/download/")
        tag, _, name = rest.partition("/")
        found = [key for key, it in self.all.items() if it["tag_name"] == tag and not it["draft"]]
        return self.files[found[0]].get(name) if found else None
