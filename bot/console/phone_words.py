"""The words of the page that gets a phone onto the console, by language."""

from collections.abc import Mapping

EN: Mapping[str, str] = {
    "phone_title": "Get a phone onto the console",
    "phone_here_only": "This console is served to this machine alone. For a phone, start it with a name: "
    "castmate serve --host NAME",
    "phone_plain": "Open this address on the phone:",
    "phone_scan": "Scan this with the phone's camera, or open the address there.",
    "phone_why": "Cameras and passkeys work over HTTPS alone. This shop vouches for its own console, "
    "so the phone has to be told once whom to trust.",
    "phone_check": "First compare",
    "phone_check_text": "This mark must be the same here, on the phone, and where Castmate was started. "
    "If one pair differs, stop: somebody stands in between.",
    "phone_limits": "The certificate can vouch for {name} and for nothing else on the internet.",
    "phone_iphone": "iPhone, iPad",
    "phone_iphone_1": "In Safari, load the profile and tap Allow.",
    "phone_iphone_2": "Settings → General → VPN & Device Management → Castmate → Install.",
    "phone_iphone_3": "Settings → General → About → Certificate Trust Settings: switch Castmate on.",
    "phone_iphone_load": "Load the profile",
    "phone_android": "Android",
    "phone_android_1": "Load the certificate.",
    "phone_android_2": "Settings → Security & privacy → More security settings → "
    "Install from device storage → CA certificate → Install anyway.",
    "phone_android_3": "Choose castmate-authority.crt in Downloads. Use Chrome: Firefox asks apart.",
    "phone_android_load": "Load the certificate",
    "phone_computer": "Another computer",
    "phone_computer_1": "Load the certificate, open it, and put it among the trusted root authorities.",
    "phone_then": "Then open the console",
    "phone_then_text": "There must be no warning. With one, a step is missing; never tap it away.",
    "phone_then_next": "Signed in, add a passkey under My account: then a look or a finger is enough.",
    "phone_done": "This device is through: it checks the certificate and finds it good.",
}
ZH: Mapping[str, str] = {
    "phone_title": "让手机连接控制台",
    "phone_here_only": "此控制台只供本机使用。要从手机访问，请用名称启动：castmate serve --host NAME",
    "phone_plain": "请在手机上打开此地址：",
    "phone_scan": "用手机相机扫描，或在手机上打开此地址。",
    "phone_why": "摄像头和通行密钥只能通过 HTTPS 使用。本店为自己的控制台签发证书，所以需要让手机信任一次。",
    "phone_check": "先核对",
    "phone_check_text": "这串标记在此处、手机上以及启动 Castmate 的地方必须完全一致。"
    "只要有一组不同，就请停止：有人在中间冒充。",
    "phone_limits": "此证书只能证明 {name}，不能证明互联网上的任何其他网站。",
    "phone_iphone": "iPhone、iPad",
    "phone_iphone_1": "在 Safari 中下载描述文件，点按“允许”。",
    "phone_iphone_2": "设置 → 通用 → VPN 与设备管理 → Castmate → 安装。",
    "phone_iphone_3": "设置 → 通用 → 关于本机 → 证书信任设置：打开 Castmate。",
    "phone_iphone_load": "下载描述文件",
    "phone_android": "安卓",
    "phone_android_1": "下载证书。",
    "phone_android_2": "设置 → 安全和隐私 → 更多安全设置 → 从存储设备安装 → CA 证书 → 仍然安装。",
    "phone_android_3": "在“下载”中选择 castmate-authority.crt。请使用 Chrome；Firefox 需要另行允许。",
    "phone_android_load": "下载证书",
    "phone_computer": "其他电脑",
    "phone_computer_1": "下载证书并打开，将其放入受信任的根证书颁发机构。",
    "phone_then": "然后打开控制台",
    "phone_then_text": "不应出现任何警告。如有警告，说明缺少某个步骤，切勿忽略。",
    "phone_then_next": "登录后在“我的账号”中添加通行密钥，之后看一眼或按一下即可登录。",
    "phone_done": "此设备已连通：证书校验通过。",
}
PHONE_WORDS: Mapping[str, Mapping[str, str]] = {"en": EN, "zh": ZH}
