import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";

const COMPONENTS: Components = {
  a: ({ href, children }) => {
    const isSafe = /^https?:\/\//i.test(href ?? "");
    if (!isSafe) return <span>{children}</span>;
    return (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  },
  // Headings of a text are below those of the page.
  h1: ({ children }) => <h3 className="md-1">{children}</h3>,
  h2: ({ children }) => <h4 className="md-2">{children}</h4>,
  h3: ({ children }) => <h5 className="md-3">{children}</h5>,
  // Nothing is loaded from elsewhere.
  img: ({ src, alt }) =>
    typeof src === "string" && src.startsWith("data:image/") ? (
      <img src={src} alt={alt ?? ""} />
    ) : (
      <span>[image: {alt ?? src}]</span>
    ),
};

type Props = { text: string; isPreview: boolean };

/** Markdown as React elements: no HTML of a user ever becomes part of the page. */
export default function Markdown({ text, isPreview }: Props) {
  return (
    <div className={`markdown ${isPreview ? "max-h-44 overflow-hidden" : ""}`}>
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[rehypeSanitize]}
        components={COMPONENTS}
        urlTransform={(url) => url}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}
